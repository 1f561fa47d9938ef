#!/usr/bin/env bash
# Promotes an image from one environment to the next: a branch with one commit, and a pull request where gh is installed.
# Nothing but the image's tag is changed, and in prod the version of the charts. It needs git and awk.

set -euo pipefail

if [[ $# -lt 3 ]]; then
    echo "Usage: $0 <source_env> <target_env> <image_tag> [reason]"
    echo "Example: $0 qa staging 1.2.3 'Critical bug fix'"
    exit 1
fi
source_env=$1 target_env=$2 image_tag=$3 reason=${4:-Automated promotion}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for environment in "$source_env" "$target_env"; do
    if [[ ! -d "environments/$environment" ]]; then
        echo "There is no environment $environment: make environments/$environment, or name another one" >&2
        exit 1
    fi
done
# It goes into a file of YAML, and into the name of a git tag.
if [[ ! "$image_tag" =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]]; then
    echo "'$image_tag' is no tag of an image" >&2
    exit 1
fi

branch="promote-$source_env-to-$target_env-$(date -u +%Y%m%d-%H%M%S)"
file="environments/$target_env/applications/bookverse-platform.yaml"
git checkout --quiet main
git pull --quiet origin main
git checkout --quiet -b "$branch"

# The value of that one parameter, wherever it stands and however it is quoted.
awk -v tag="$image_tag" -v target="$target_env" '
    named && /value:/ {
        value = $2
        gsub(/"/, "", value)
        if (value != tag) { sub(/value: *("[^"]*"|[^ #]+)/, "value: \"" tag "\"") }
        named = 0
    }
    /- name: *global\.imageTag *$/ { named = 1 }
    target == "prod" && /targetRevision:/ { sub(/targetRevision: *[^ #]+/, "targetRevision: v" tag) }
    { print }
' "$file" > "$file.new"
mv "$file.new" "$file"
if git diff --quiet; then
    echo "$target_env has $image_tag already, or $file has no parameter global.imageTag" >&2
    exit 1
fi

git add "$file"
git commit --quiet -m "feat: promote $source_env to $target_env

Image tag: $image_tag
Reason: $reason"
git push --quiet origin "$branch"
if command -v gh > /dev/null; then
    gh pr create --title "Promote $source_env to $target_env ($image_tag)" --body "$reason" --label "environment:$target_env"
fi
echo "$branch is to be reviewed and merged"
