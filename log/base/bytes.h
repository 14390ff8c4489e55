// Bytes in and out: big-endian integers for keys (they sort as numbers), varints for values, and
// a reader that cannot run past its end.
#ifndef EVLOG_LOG_BASE_BYTES_H_
#define EVLOG_LOG_BASE_BYTES_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"

namespace evlog {

static_assert(std::endian::native == std::endian::little, "evlog runs on little-endian machines");

inline char* PutBig16(char* p, uint16_t v) {
  v = __builtin_bswap16(v);
  std::memcpy(p, &v, sizeof v);
  return p + sizeof v;
}
inline char* PutBig32(char* p, uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, sizeof v);
  return p + sizeof v;
}
inline char* PutBig64(char* p, uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(p, &v, sizeof v);
  return p + sizeof v;
}
inline uint16_t GetBig16(const char* p) {
  uint16_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap16(v);
}
inline uint32_t GetBig32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap32(v);
}
inline uint64_t GetBig64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap64(v);
}

inline constexpr size_t kVarint32BytesMax = 5;
inline constexpr size_t kVarint64BytesMax = 10;

// Writes a LEB128 varint; the caller has room for kVarint64BytesMax bytes.
inline char* PutVarint(char* p, uint64_t v) {
  while (v >= 0x80) {
    *p++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *p++ = static_cast<char>(v);
  return p;
}

inline void AppendVarint(std::string* out, uint64_t v) {
  char buffer[kVarint64BytesMax];
  out->append(buffer, PutVarint(buffer, v) - buffer);
}

constexpr size_t VarintSize(uint64_t v) {
  if (v < 0x80) return 1;
  return (static_cast<size_t>(std::bit_width(v)) + 6) / 7;
}

// Reads values from a bounded range of bytes. Once something did not fit or was malformed, `ok()`
// is false for ever and every read gives zero: check once at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  size_t left() const { return ok_ ? static_cast<size_t>(end_ - p_) : 0; }
  const char* position() const { return p_; }
  void Fail() { ok_ = false; }

  uint8_t ReadByte() {
    if (!Need(1)) return 0;
    return static_cast<uint8_t>(*p_++);
  }

  // Refuses values past 64 bits; does not ask for the shortest form.
  uint64_t ReadVarint() {
    uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!Need(1)) return 0;
      const uint64_t byte = static_cast<unsigned char>(*p_++);
      if (shift == 63 && byte > 1) break;
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    ok_ = false;
    return 0;
  }

  // At most kVarint32BytesMax bytes, so that what passed here is safe to read without checks.
  uint32_t ReadVarint32() {
    if (left() != 0 && static_cast<unsigned char>(*p_) < 0x80) {
      return static_cast<unsigned char>(*p_++);
    }
    uint64_t result = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (!Need(1)) return 0;
      const uint64_t byte = static_cast<unsigned char>(*p_++);
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (result > UINT32_MAX) break;
        return static_cast<uint32_t>(result);
      }
    }
    ok_ = false;
    return 0;
  }

  std::string_view ReadBytes(size_t n) {
    if (!Need(n)) return {};
    std::string_view bytes(p_, n);
    p_ += n;
    return bytes;
  }

 private:
  bool Need(size_t n) {
    if (ok_ && static_cast<size_t>(end_ - p_) < n) ok_ = false;
    return ok_;
  }

  const char* p_;
  const char* end_;
  bool ok_ = true;
};

// Lets hash maps keyed by std::string be searched by std::string_view.
struct TransparentHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const {
    return absl::HashOf(absl::string_view(s.data(), s.size()));
  }
};

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_BYTES_H_
