// The values that every side appends: entry i has the same 100 bytes on all of them.
#ifndef EVLOG_BENCH_PAYLOAD_H_
#define EVLOG_BENCH_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evlog::bench {

inline constexpr std::string_view kFieldName = "v";
inline constexpr size_t kValueBytes = 100;

// The value of entry i: pseudo-random letters and digits, which lz4 cannot shrink. They come from a
// pool of 4 MiB that repeats after 41,943 entries, far outside of any compressed block.
std::string_view Value(uint64_t i);

// What a reader adds up for each field, so that no decoding can be left out.
inline uint64_t FieldChecksum(std::string_view name, std::string_view value) {
  return name.size() + value.size() +
         (value.empty() ? 0 : static_cast<unsigned char>(value.front()));
}

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_PAYLOAD_H_
