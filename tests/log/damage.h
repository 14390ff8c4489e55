// What damage a decoder must stand: every prefix of a good value, and every single bit of it turned
// over.
#ifndef EVLOG_TESTS_LOG_DAMAGE_H_
#define EVLOG_TESTS_LOG_DAMAGE_H_

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace evlog {

// Bytes in an allocation of exactly their size, so that AddressSanitizer sees the first one too
// many.
class ExactBytes {
 public:
  explicit ExactBytes(std::string_view bytes)
      : size_(bytes.size()), bytes_(std::make_unique<char[]>(bytes.size())) {
    if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  const size_t size_;
  const std::unique_ptr<char[]> bytes_;
};

// `decode(bytes, is_prefix)`; the value itself is not among them.
template <typename Decode>
void ForEachDamage(std::string_view good, const Decode& decode) {
  for (size_t size = 0; size < good.size(); ++size) {
    decode(ExactBytes(good.substr(0, size)).view(), true);
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped(good);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    decode(ExactBytes(flipped).view(), false);
  }
}

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_DAMAGE_H_
