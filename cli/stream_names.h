// What the argument STREAM of the verbs that read names: one stream, or all whose names match.
#ifndef EVLOG_CLI_STREAM_NAMES_H_
#define EVLOG_CLI_STREAM_NAMES_H_

#include <string>
#include <string_view>

namespace evlog::cli {

struct StreamNames {
  bool many = false;
  std::string text;  // many: a pattern (evlog/read.h); else the name

  // For messages: `stream "a"`, `the pattern "a*"`.
  std::string Described() const;
};

// With `*`, `?` or `[` it is a pattern, in which `\` escapes; where all of these are escaped, the
// name that they spell. Any other text is a name as it stands, backslashes included.
StreamNames ParseStreamNames(std::string_view text);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_STREAM_NAMES_H_
