// What makes a shell complete the words of `evlog`.
#ifndef EVLOG_CLI_COMPLETION_SCRIPTS_H_
#define EVLOG_CLI_COMPLETION_SCRIPTS_H_

#include <string_view>

namespace evlog::cli {

// Each asks `evlog complete`, which answers with one line `words`, `files` or `directories`, and
// then with a line for each word that may stand next: the word, a tab, and what it means. It is
// given the words after `evlog`, each behind an `=`.
extern const std::string_view kBashCompletion;
extern const std::string_view kZshCompletion;
extern const std::string_view kFishCompletion;

}  // namespace evlog::cli

#endif  // EVLOG_CLI_COMPLETION_SCRIPTS_H_
