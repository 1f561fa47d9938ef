#!/usr/bin/env bash
# Backs up what says how Applications are kept, with what became of them, and restores it, also into a new cluster. It needs kubectl,
# tar and sed. The archive has secrets in it: keep it as you keep those.

set -euo pipefail

namespace=${ARGOCD_NAMESPACE:-argocd}
# What the API server gives an object when it is made; one that has it already cannot be made anew.
made_anew='/^    \(uid\|resourceVersion\|generation\|creationTimestamp\): /d'

backup() {
    local folder
    folder=$(mktemp -d)
    umask 077
    read_all() { kubectl get "$@" -n "$namespace" -o yaml | sed "$made_anew"; }
    # In the order in which they are restored: Applications come last, as all else says what becomes of them.
    read_all appprojects > "$folder/1-projects.yaml"
    read_all secrets -l argocd.argoproj.io/secret-type > "$folder/2-repositories-and-clusters.yaml"
    read_all configmaps -l app.kubernetes.io/part-of=argocd > "$folder/3-configuration.yaml"
    read_all secrets -l app.kubernetes.io/part-of=argocd > "$folder/4-secrets.yaml"
    read_all applications > "$folder/5-applications.yaml"
    tar -czf "$1" -C "$folder" .
    rm -rf "$folder"
    echo "Backed up to $1"
}

restore() {
    local folder
    folder=$(mktemp -d)
    umask 077
    tar -xzf "$1" -C "$folder"
    for file in "$folder"/*.yaml; do
        # An empty list is nothing to apply.
        if grep -q '^- ' "$file"; then
            kubectl apply --server-side --force-conflicts --field-manager=backup -f "$file"
        fi
    done
    rm -rf "$folder"
    echo "Restored from $1"
}

case "${1:-}" in
    backup | restore) if [[ $# -eq 2 ]]; then "$1" "$2"; exit; fi ;;
esac
echo "Usage: $0 {backup|restore} <archive.tar.gz>" >&2
exit 1
