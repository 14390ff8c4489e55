#include "cli/load/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace evlog::cli {
namespace {

// What values are cut out of, at random places: large enough that no block of a store holds the
// same bytes twice by chance.
constexpr size_t kPoolBytes = size_t{4} << 20;

constexpr uint64_t Step(uint64_t state) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^ state << 17;
}

std::string MakePool() {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  static_assert(kLetters.size() == 64);
  std::string pool(kPoolBytes, '\0');
  uint64_t state = 0x9e3779b97f4a7c15;
  for (char& c : pool) {
    state = Step(state);
    c = kLetters[(state >> 32) & 63];
  }
  return pool;
}

const std::string& Pool() {
  static const std::string& pool = *new std::string(MakePool());
  return pool;
}

void WriteStamp(Nanos stamp, char* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  auto left = static_cast<uint64_t>(stamp);
  for (size_t i = kStampBytes; i != 0; left >>= 4) out[--i] = kDigits[left & 15];
}

}  // namespace

std::optional<Nanos> StampOf(std::string_view value) {
  if (value.size() < kStampBytes) return std::nullopt;
  uint64_t stamp = 0;
  const char* const end = value.data() + kStampBytes;
  const auto [rest, error] = std::from_chars(value.data(), end, stamp, 16);
  if (error != std::errc() || rest != end) return std::nullopt;
  return static_cast<Nanos>(stamp);
}

Payload::Payload(Sizes sizes, uint64_t keys, uint64_t seed)
    : sizes_(sizes),
      keys_(keys),
      state_(Step(seed * 2 + 0x2545f4914f6cdd1d)),
      at_(Random() % Pool().size()) {}

uint64_t Payload::Random() {
  state_ = Step(state_);
  return state_ * 0x2545f4914f6cdd1d >> 16;
}

std::string_view Payload::Value(Nanos stamp) {
  const uint64_t range = uint64_t{sizes_.max} - sizes_.min + 1;
  const size_t size = sizes_.min + (range == 1 ? 0 : Random() % range);
  const std::string& pool = Pool();
  value_.clear();
  while (value_.size() != size) {
    const size_t piece = std::min(size - value_.size(), pool.size() - at_);
    value_.append(pool, at_, piece);
    at_ = at_ + piece == pool.size() ? 0 : at_ + piece;
  }
  if (size >= kStampBytes) WriteStamp(stamp, value_.data());
  return value_;
}

std::optional<std::string_view> Payload::Key() {
  if (keys_ == 0) return std::nullopt;
  key_.assign("k");
  const fmt::format_int digits(Random() % keys_);
  key_.append(digits.data(), digits.size());
  return key_;
}

}  // namespace evlog::cli
