//! Scripts that have a shell ask for completions.

use crate::args::Shell;

/// The script for a shell. It completes the program by its file name, which is what a shell can be told of; within kubectl,
/// kubectl itself asks `kubectl_complete-…`.
pub(super) fn of(program: &str, shell: Shell) -> String {
    let file = program.replace(' ', "-");
    let function = format!("_{}_complete", file.replace('-', "_"));
    let text = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
        Shell::Powershell => POWERSHELL,
    };
    text.replace("FUNCTION", &function).replace("PROGRAM", &file).trim_end().to_owned()
}

const BASH: &str = r#"# bash completion of PROGRAM
FUNCTION() {
    local line rule
    COMPREPLY=()
    while IFS='' read -r line; do
        case "$line" in
            :*) rule="$line" ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(PROGRAM __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ "$rule" = ":0" ] && [ "${#COMPREPLY[@]}" -eq 0 ]; then
        compopt -o default 2>/dev/null
    fi
}
complete -F FUNCTION PROGRAM
"#;

const ZSH: &str = r#"#compdef PROGRAM
FUNCTION() {
    local line rule
    local -a found
    while IFS='' read -r line; do
        case "$line" in
            :*) rule="$line" ;;
            *) found+=("${${line//:/\\:}/$'\t'/:}") ;;
        esac
    done < <(PROGRAM __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then
        _describe 'completions' found
    elif [ "$rule" = ":0" ]; then
        _files
    fi
}
compdef FUNCTION PROGRAM
"#;

const FISH: &str = r#"# fish completion of PROGRAM
function FUNCTION
    set -l words (commandline -opc) (commandline -ct)
    PROGRAM __complete $words[2..-1] 2>/dev/null | string match -v -r '^:[0-9]+$'
end
function FUNCTION_files
    set -l words (commandline -opc) (commandline -ct)
    PROGRAM __complete $words[2..-1] 2>/dev/null | string match -q ':0'
end
complete -c PROGRAM -n 'not FUNCTION_files' -f -a '(FUNCTION)'
complete -c PROGRAM -n 'FUNCTION_files' -F
"#;

const POWERSHELL: &str = r#"# PowerShell completion of PROGRAM
Register-ArgumentCompleter -Native -CommandName 'PROGRAM' -ScriptBlock {
    param($typed, $line, $cursor)
    $before = $line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor }
    $words = @($before | ForEach-Object { $_.ToString() })
    # Before PowerShell 7.3 an empty word gets lost on its way to a program.
    $is_lost = $PSNativeCommandArgumentPassing -in $null, 'Legacy'
    $last = if (-not $typed -and $is_lost) { '""' } else { $typed }
    & 'PROGRAM' __complete @words $last 2>$null | Where-Object { $_ -notmatch '^:\d+$' } | ForEach-Object {
        $word, $help = $_ -split "`t", 2
        $told = if ($help) { $help } else { $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $told)
    }
}
"#;

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_script_is_one_that_bash_can_read() {
        let script = of("kubectl argo rollouts", Shell::Bash);
        assert!(script.ends_with("complete -F _kubectl_argo_rollouts_complete kubectl-argo-rollouts"), "{script}");
        let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(bash.wait().unwrap().success());
    }

    #[test]
    fn each_shell_has_its_own() {
        assert!(of("kubectl sluice", Shell::Zsh).starts_with("#compdef kubectl-sluice"));
        assert!(of("kubectl sluice", Shell::Fish).contains("complete -c kubectl-sluice"));
        let script = of("kubectl argo rollouts", Shell::Powershell);
        assert!(script.contains("-Native -CommandName 'kubectl-argo-rollouts'"), "{script}");
        assert!(script.contains("& 'kubectl-argo-rollouts' __complete @words $last"), "{script}");
    }
}
