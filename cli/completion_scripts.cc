#include "cli/completion_scripts.h"

namespace evlog::cli {

const std::string_view kBashCompletion =
    R"(# bash completion of evlog; made by `evlog completion bash`.

_evlog() {
  local words=() rest=$COMP_LINE word line kind i
  # Bash cuts words at : = and @ as well; to evlog they are one. What follows the word before
  # without a blank belongs to it.
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if ((i > 0)) && [[ -n $word && $rest != [[:space:]]* ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    rest=${rest#"${rest%%[![:space:]]*}"}
    rest=${rest#"$word"}
  done

  # Without the quotes of the shell, but those that are still open at the cursor.
  local current=${words[-1]} quote='' asked=()
  unset 'words[-1]'
  for word in "${words[@]:1}"; do
    word=${word#[\'\"]}
    word=${word%[\'\"]}
    asked+=("=${word//\\/}")
  done
  if [[ $current == [\'\"]* ]]; then
    quote=${current:0:1}
    current=${current:1}
  else
    current=${current//\\/}
  fi

  COMPREPLY=()
  {
    read -r kind
    while IFS= read -r line; do
      line=${line%%$'\t'*}
      COMPREPLY+=("$line")
    done
  } < <("$1" complete "${asked[@]}" "=$current" 2>/dev/null)
  # Names of files; those of an option stand behind its `=`. Bash quotes them itself, unless there
  # are other words as well.
  local path=$current option='' action=''
  if [[ $current == --*=* ]]; then
    path=${current#*=}
    option=${current%%=*}=
  fi
  if [[ $kind == files ]]; then action=file; fi
  if [[ $kind == directories ]]; then action=directory; fi
  if [[ -n $action ]]; then
    if ((${#COMPREPLY[@]} == 0)); then
      compopt -o filenames 2>/dev/null
      quote=${quote:-none}
    fi
    while IFS= read -r line; do COMPREPLY+=("$option$line"); done \
      < <(compgen -A "$action" -- "$path")
  fi
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/@] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  if [[ -z $quote ]]; then
    for i in "${!COMPREPLY[@]}"; do printf -v 'COMPREPLY[i]' %q "${COMPREPLY[i]}"; done
  fi

  # Bash replaces only what stands behind its own last cut.
  local breaks=${COMP_WORDBREAKS//[^:=@]/}
  if [[ $quote != [\'\"] && -n $breaks && $current == *["$breaks"]* ]]; then
    local cut=${current%"${current##*["$breaks"]}"}
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  fi
}

complete -F _evlog evlog
)";

const std::string_view kZshCompletion = R"(#compdef evlog
# zsh completion of evlog; made by `evlog completion zsh`.

_evlog() {
  local -a asked answer open closed
  local word line text kind
  for word in "${(@)words[2,CURRENT-1]}"; do asked+=("=${(Q)word}"); done
  asked+=("=${(Q)PREFIX}")
  text=$(_call_program evlog-words "${(q)words[1]}" complete "${(@qq)asked}" 2>/dev/null)
  answer=("${(@f)text}")
  kind=${answer[1]}
  for line in "${(@)answer[2,-1]}"; do
    if [[ -z $line ]]; then continue; fi
    # _describe takes WORD:HELP.
    text=${line%%$'\t'*}
    text=${text//\\/\\\\}
    text=${text//:/\\:}
    if [[ $line == *$'\t'?* ]]; then text+=:${line#*$'\t'}; fi
    if [[ ${line%%$'\t'*} == *[=:/@] ]]; then open+=("$text"); else closed+=("$text"); fi
  done
  local found=1
  if (( ${#closed} )); then _describe -V evlog closed && found=0; fi
  if (( ${#open} )); then _describe -V evlog open -S '' && found=0; fi
  if [[ $kind == files || $kind == directories ]]; then
    if [[ $words[CURRENT] == --*=* ]]; then compset -P '*='; fi
    if [[ $kind == files ]]; then _files && found=0; else _files -/ && found=0; fi
  fi
  return found
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _evlog "$@"
else
  compdef _evlog evlog
fi
)";

const std::string_view kFishCompletion =
    R"(# fish completion of evlog; made by `evlog completion fish`.

function __evlog_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l asked
    for word in $words[2..-1]
        set -a asked "="(string unescape -- $word; or echo $word)
    end
    # A quote may be open.
    set -l open (string replace -r -- '^["\']' '' "$current")
    set -l answer ($words[1] complete $asked "=$open" 2>/dev/null)
    or return
    string join \n -- $answer[2..-1]
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l path (string replace -r -- '^--[^=]*=' '' "$current")
    switch $answer[1]
        case files
            __fish_complete_path "$path" | string replace -r -- '^' "$option"
        case directories
            __fish_complete_directories "$path" '' | string replace -r -- '^' "$option"
    end
end

complete -c evlog -e
complete -c evlog -f -a '(__evlog_complete)'
)";

}  // namespace evlog::cli
