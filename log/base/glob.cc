#include "log/base/glob.h"

#include <cstddef>
#include <utility>

namespace evlog {
namespace {

// Matches `byte` against the set whose `[` stands at `*at`; moves `*at` behind the set.
bool MatchSet(std::string_view pattern, size_t* at, unsigned char byte) {
  size_t p = *at + 1;
  const bool negated = p < pattern.size() && pattern[p] == '^';
  if (negated) ++p;
  bool found = false;
  for (; p < pattern.size() && pattern[p] != ']'; ++p) {
    if (pattern[p] == '\\' && p + 1 < pattern.size()) {
      ++p;
      found |= static_cast<unsigned char>(pattern[p]) == byte;
    } else if (p + 2 < pattern.size() && pattern[p + 1] == '-') {
      auto low = static_cast<unsigned char>(pattern[p]);
      auto high = static_cast<unsigned char>(pattern[p + 2]);
      if (low > high) std::swap(low, high);
      found |= low <= byte && byte <= high;
      p += 2;
    } else {
      found |= static_cast<unsigned char>(pattern[p]) == byte;
    }
  }
  *at = p < pattern.size() ? p + 1 : p;
  return found != negated;
}

// Matches `byte` against the element at `*at`, which is no star; moves `*at` behind it.
bool MatchOne(std::string_view pattern, size_t* at, unsigned char byte) {
  switch (pattern[*at]) {
    case '?':
      ++*at;
      return true;
    case '[':
      return MatchSet(pattern, at, byte);
    case '\\':
      if (*at + 1 < pattern.size()) ++*at;
      break;
    default:
      break;
  }
  return static_cast<unsigned char>(pattern[(*at)++]) == byte;
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  size_t p = 0;
  size_t t = 0;
  // Where to go on when something does not match: right behind the last star, which takes one byte
  // more. Earlier stars need no second try: what they could take, the last one can take as well.
  size_t retry_p = kNone;
  size_t retry_t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      retry_p = ++p;
      retry_t = t;
    } else if (p < pattern.size() && MatchOne(pattern, &p, static_cast<unsigned char>(text[t]))) {
      ++t;
    } else if (retry_p != kNone) {
      p = retry_p;
      t = ++retry_t;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view GlobPrefix(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

}  // namespace evlog
