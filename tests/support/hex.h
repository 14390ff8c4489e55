// Golden bytes as text.
#ifndef EVLOG_TESTS_SUPPORT_HEX_H_
#define EVLOG_TESTS_SUPPORT_HEX_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace evlog {

// "00ff7a"
inline std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0xf];
  }
  return hex;
}

// The bytes of hex digits in pairs; spaces, line ends and `|` between pairs are for the reader.
// Aborts on anything else: golden bytes stand in the test itself.
inline std::string FromHex(std::string_view hex) {
  const auto digit = [hex](size_t at) -> int {
    const char c = at < hex.size() ? hex[at] : '\0';
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    std::fprintf(stderr, "no hex digit at %zu of \"%.*s\"\n", at, static_cast<int>(hex.size()),
                 hex.data());
    std::abort();
  };
  std::string bytes;
  for (size_t at = 0; at < hex.size();) {
    if (hex[at] == ' ' || hex[at] == '\n' || hex[at] == '|') {
      ++at;
      continue;
    }
    bytes += static_cast<char>(digit(at) << 4 | digit(at + 1));
    at += 2;
  }
  return bytes;
}

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_HEX_H_
