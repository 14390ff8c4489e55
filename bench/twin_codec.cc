#include "bench/twin_codec.h"

#include <cstring>

#include "bench/payload.h"

namespace evlog::bench {
namespace {

char* Put(char* p, uint64_t v) {
  while (v >= 0x80) {
    *p++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *p++ = static_cast<char>(v);
  return p;
}

char* Put(char* p, std::string_view bytes) {
  p = Put(p, bytes.size());
  std::memcpy(p, bytes.data(), bytes.size());
  return p + bytes.size();
}

// Null when a varint32 does not end before `end`.
const char* Get(const char* p, const char* end, uint32_t* v) {
  uint32_t result = 0;
  for (int shift = 0; shift < 35 && p != end; shift += 7) {
    const uint32_t byte = static_cast<unsigned char>(*p++);
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      *v = result;
      return p;
    }
  }
  return nullptr;
}

const char* Get(const char* p, const char* end, std::string_view* bytes) {
  uint32_t size;
  p = Get(p, end, &size);
  if (p == nullptr || static_cast<uint64_t>(end - p) < size) return nullptr;
  *bytes = std::string_view(p, size);
  return p + size;
}

const char* GetEntry(const char* p, const char* end, uint64_t* checksum) {
  uint32_t fields;
  p = Get(p, end, &fields);
  for (; p != nullptr && fields != 0; --fields) {
    std::string_view name;
    std::string_view value;
    p = Get(p, end, &name);
    if (p == nullptr) break;
    p = Get(p, end, &value);
    if (p == nullptr) break;
    *checksum += FieldChecksum(name, value);
  }
  return p;
}

constexpr size_t kEntryBytesMax = 1 + 5 + kFieldName.size() + 5 + kValueBytes;

}  // namespace

void EncodeTwinEntry(uint64_t i, std::string* out) {
  char buffer[kEntryBytesMax];
  char* p = Put(buffer, uint64_t{1});
  p = Put(p, kFieldName);
  p = Put(p, Value(i));
  out->append(buffer, p - buffer);
}

void EncodeTwinBatch(uint64_t first, uint64_t count, std::string* out) {
  char header[10];
  out->assign(header, Put(header, count) - header);
  for (uint64_t i = first; i != first + count; ++i) EncodeTwinEntry(i, out);
}

uint64_t DecodeTwinBatch(std::string_view bytes, uint64_t* checksum) {
  const char* end = bytes.data() + bytes.size();
  uint32_t count = 0;
  const char* p = Get(bytes.data(), end, &count);
  for (uint32_t i = 0; i != count && p != nullptr; ++i) p = GetEntry(p, end, checksum);
  return p == end ? count : 0;
}

uint64_t DecodeTwinEntry(std::string_view bytes, uint64_t* checksum) {
  const char* end = bytes.data() + bytes.size();
  return GetEntry(bytes.data(), end, checksum) == end ? 1 : 0;
}

}  // namespace evlog::bench
