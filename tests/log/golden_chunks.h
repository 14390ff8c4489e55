// The chunks of tests/golden/chunks.txt, made by our own code.
#ifndef EVLOG_TESTS_LOG_GOLDEN_CHUNKS_H_
#define EVLOG_TESTS_LOG_GOLDEN_CHUNKS_H_

#include <map>
#include <string>
#include <vector>

#include "tests/log/chunks.h"

namespace evlog {

inline std::map<std::string, ChunkRef> GoldenChunks() {
  using std::string_literals::operator""s;
  constexpr uint64_t kMax = UINT64_MAX;
  constexpr uint64_t kMs = 1'700'000'000'000;
  const PartitionId first{StreamId(1), 0};
  const std::string entry = EncodedEntry({{"f", "v"}});
  const auto plain = [&](uint64_t base, IdRuns ids) {
    return MakeChunk(MakeHeader(first, base, std::move(ids)), {entry});
  };
  const auto with = [&](uint64_t base, IdRuns ids, const std::vector<std::string>& entries) {
    return MakeChunk(MakeHeader(first, base, std::move(ids)), entries);
  };
  const auto in = [&](uint64_t stream, uint16_t partition, uint64_t base, IdRuns ids) {
    return MakeChunk(MakeHeader({StreamId(stream), partition}, base, std::move(ids), true),
                     {entry});
  };
  const auto seq = [](uint64_t n, uint64_t partition) { return n << 10 | partition; };
  const std::string bytes = "\0\xff"s;
  const std::string long_value(128, 'x');
  return {
      {"one", plain(0, {{{5, 3}, 1}})},
      {"key",
       with(7, {{{kMs, 0}, 1}}, {EncodedEntry({{"type", "placed"}, {"by", "ann"}}, "user:7")})},
      {"empty_strings", with(0, {{{1, 0}, 1}}, {EncodedEntry({{"", ""}}, "")})},
      {"repeated_field",
       with(0, {{{1, 0}, 1}}, {EncodedEntry({{"a", "1"}, {"a", "2"}, {"a", bytes}})})},
      {"long_value", with(0, {{{1, 0}, 1}}, {EncodedEntry({{"n", long_value}})})},
      {"two_entries", MakeChunk(MakeHeader(first, 300, {{{1, 1}, 2}}, false, 1500),
                                {entry, EncodedEntry({{"f", "w"}})})},
      {"shared_names",
       with(0, {{{1, 1}, 3}},
            {EncodedEntry({{"a", "1"}, {"bc", "23"}}), SharingEntry({{"a", "4"}, {"bc", ""}}),
             SharingEntry({{"a", ""}, {"bc", "56"}}, "key")})},
      {"names_change", with(0, {{{1, 1}, 4}},
                            {entry, SharingEntry({{"f", "w"}}), EncodedEntry({{"g", "x"}}),
                             SharingEntry({{"g", "y"}})})},
      {"step", plain(0, {{{1, 1}, 3, 2}})},
      {"next_ms", plain(0, {{{1, 1}, 2}, {{2, 0}, 1}})},
      {"gap_in_ms", plain(0, {{{1, 1}, 2}, {{1, 9}, 1}})},
      {"gap_then_run", plain(0, {{{1, 1}, 2}, {{1, 9}, 3, 5}})},
      {"partitioned", in(300, 3, 128, {{{kMs, seq(5, 3)}, 3, 1024}})},
      {"partitioned_interleaved",
       in(2, 1023, 0,
          {{{9, seq(1, 1023)}, 2, 3072}, {{9, seq(5, 1023)}, 1}, {{10, seq(4, 1023)}, 2, 2048}})},
      {"largest", MakeChunk(MakeHeader({StreamId(kMax), 0}, kMax - 2, {{{kMax, kMax - 1}, 2}},
                                       false, uint64_t{1} << 40),
                            {entry})},
      {"largest_partitioned",
       in(kMax, 1023, 0, {{{kMax, seq((uint64_t{1} << 54) - 2, 1023)}, 2, 1024}})},
      {"largest_step", plain(0, {{{0, 0}, 2, kMax}})},
  };
}

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_GOLDEN_CHUNKS_H_
