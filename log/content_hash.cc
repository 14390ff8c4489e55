#include "log/content_hash.h"

#include <array>
#include <cstring>

#include "log/base/bytes.h"

namespace evlog {
namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr size_t kLanes = 2;
using Lanes = std::array<uint64_t, kLanes>;

// On disk: never change one of them.
// 2^64 over the golden ratio, and the fraction of the square root of 2; both odd.
constexpr Lanes kMultipliers = {0x9e3779b97f4a7c15, 0x6a09e667f3bcc909};
// The fractions of the square roots of 5 and 7.
constexpr Lanes kStart = {0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1};

Lanes Fold(Lanes h) {
  for (size_t i = 0; i < kLanes; ++i) {
    const Uint128 product = Uint128{h[i]} * kMultipliers[i];
    h[i] = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  return h;
}

Lanes Mix(Lanes h, uint64_t word) {
  for (uint64_t& lane : h) lane ^= word;
  return Fold(h);
}

Lanes Bytes(Lanes h, std::string_view bytes) {
  h = Mix(h, bytes.size());
  uint64_t word;
  for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    h = Mix(h, word);
  }
  if (bytes.empty()) return h;
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return Mix(h, word);
}

Lanes Entry(const EncodedFields& fields, const std::optional<std::string_view>& key) {
  Lanes sum{};
  for (const FieldView& field : fields) {
    const Lanes h = Bytes(Bytes(kStart, field.name), field.value);
    for (size_t i = 0; i < kLanes; ++i) sum[i] += h[i];
  }
  const Lanes entry = Mix(sum, fields.size());
  return key ? Bytes(entry, *key) : entry;
}

}  // namespace

std::string ContentIdOf(internal::BatchData& batch) {
  Lanes h = kStart;
  for (const internal::BatchData::Segment& segment : batch.segments()) {
    const std::string_view bytes = segment.entries.entries();
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    std::optional<std::string_view> key;
    EncodedFields fields;
    while (p != end) {
      p = internal::ReadCheckedEntry(p, fields.names(), &key, &fields);
      const Lanes entry = Entry(fields, key);
      for (size_t i = 0; i < kLanes; ++i) h[i] ^= entry[i];
      h = Fold(h);
      for (size_t i = 0; i < kLanes; ++i) h[i] += entry[i];
    }
  }
  h = Mix(h, batch.count());
  std::string id(kContentIdBytes, '\0');
  PutBig64(PutBig64(id.data(), h[0]), h[1]);
  return id;
}

}  // namespace evlog
