#include "log/partitioner.h"

#include <bit>
#include <cstring>

namespace evlog {
namespace {

static_assert(std::endian::native == std::endian::little, "words of a key are little-endian");

__extension__ using Uint128 = unsigned __int128;

// On disk: never change one of them.
constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;  // odd; 2^64 over the golden ratio
constexpr uint64_t kStart = 0x6a09e667f3bcc909;       // fraction of the square root of 2
constexpr uint64_t kFinish = 0xbb67ae8584caa73b;      // fraction of the square root of 3

// One multiplication spreads a change of any bit over both halves of the product.
uint64_t Fold(uint64_t x) {
  const Uint128 product = Uint128{x} * kMultiplier;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t Hash(std::string_view key) {
  // With the length, a key and the same key followed by zero bytes differ.
  uint64_t hash = Fold(kStart ^ key.size());
  const char* p = key.data();
  size_t left = key.size();
  uint64_t word;
  for (; left >= sizeof word; p += sizeof word, left -= sizeof word) {
    std::memcpy(&word, p, sizeof word);
    hash = Fold(hash ^ word);
  }
  if (left > 0) {
    if (key.size() >= sizeof word) {
      // The key's last eight bytes, without those that were hashed already: one load, no loop.
      std::memcpy(&word, p + left - sizeof word, sizeof word);
      word >>= 8 * (sizeof word - left);
    } else {
      word = 0;
      std::memcpy(&word, p, left);
    }
    hash = Fold(hash ^ word);
  }
  return Fold(hash ^ kFinish);
}

}  // namespace

uint16_t PartitionOf(std::string_view key, uint32_t partitions) {
  return static_cast<uint16_t>((Uint128{Hash(key)} * partitions) >> 64);
}

}  // namespace evlog
