#include "bench/payload.h"

#include <string>

namespace evlog::bench {
namespace {

constexpr size_t kPoolBytes = size_t{4} << 20;

std::string MakePool() {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  static_assert(kLetters.size() == 64);
  std::string pool(kPoolBytes, '\0');
  uint64_t state = 0x9e3779b97f4a7c15;  // xorshift64: the same bytes in every run
  for (char& c : pool) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = kLetters[(state >> 32) & 63];
  }
  return pool;
}

}  // namespace

std::string_view Value(uint64_t i) {
  static const std::string& pool = *new std::string(MakePool());
  constexpr uint64_t kValues = kPoolBytes / kValueBytes;
  return std::string_view(pool).substr(i % kValues * kValueBytes, kValueBytes);
}

}  // namespace evlog::bench
