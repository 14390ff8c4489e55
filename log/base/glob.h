// Name patterns as in Redis.
#ifndef EVLOG_LOG_BASE_GLOB_H_
#define EVLOG_LOG_BASE_GLOB_H_

#include <string_view>

namespace evlog {

// Whether all of `text` matches `pattern`. Both are any bytes, compared as unsigned ones.
//
//   *        any bytes, also none
//   ?        one byte
//   [ab0-9]  one byte of the set; a range may be written either way round; `]` after a dash is the
//            end of a range, not of the set
//   [^a-z]   one byte that is not of the set
//   \x       the byte x itself, also within a set
//
// Every pattern is valid: a set without its end runs to the end of the pattern, `[]` matches
// nothing and `[^]` any byte, a backslash at the very end stands for itself.
// Takes at most pattern x text steps and no memory. Unlike in Redis, `*` matches the empty text.
bool GlobMatch(std::string_view pattern, std::string_view text);

// What every text that matches begins with: the pattern up to its first special byte.
std::string_view GlobPrefix(std::string_view pattern);

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_GLOB_H_
