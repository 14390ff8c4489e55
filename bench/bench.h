// What a bench is: a workload, the sides that do it, and the bars between them.
//
// The first side is ours; the others are its twins: the same work with the same durability, done
// straight on RocksDB, SQLite or a plain file, or by another server. benches.cc lists all benches.
#ifndef EVLOG_BENCH_BENCH_H_
#define EVLOG_BENCH_BENCH_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/stopwatch.h"

namespace evlog::bench {

// What one run of one side gets.
struct Context {
  std::string dir;       // exists; empty, or the side's fixture
  uint64_t entries = 0;  // how many entries to append, or were appended to the fixture
  int round = 0;
};

// How long each of many things took, in nanoseconds.
struct Latency {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
};
Latency LatencyOf(std::vector<uint64_t> nanos);  // not empty

// Something else that a run measured. With a `max`, that is its bar.
struct Figure {
  const char* name;
  const char* unit;
  double value;
  double max;            // 0: none
  double ratio_max = 0;  // of ours over the first twin's, which has the same figures; 0: no bar
};

// What one run of one side measured.
struct Measurement {
  uint64_t entries = 0;
  double seconds = 0;
  double cpu_seconds = 0;  // user and system time meanwhile, all threads: of the process, or of the
                           // server that is measured
  uint64_t checksum = 0;   // of what was read; 0 when nothing was. Equal on all sides of a bench
  std::optional<Latency> latency = std::nullopt;  // of a bench of latency
  std::vector<Figure> figures = {};               // the same ones in every round
  double generator_busy = 0;  // of a server: the share of time that the load generator had to work
};

// Ends the timed region.
inline Measurement Measured(const Stopwatch& watch, uint64_t entries, uint64_t checksum = 0) {
  return {entries, watch.Seconds(), watch.CpuSeconds(), checksum, std::nullopt, {}};
}

struct Side {
  const char* name;
  const char* text;  // what it does, in a line
  absl::StatusOr<Measurement> (*run)(const Context&);
  // A side that only reads works on a fixture: a directory filled once per size by `prepare` and
  // shared by all benches that name it.
  const char* fixture = nullptr;
  absl::Status (*prepare)(const Context&) = nullptr;
  // A twin that is not on every machine: false leaves it out.
  bool (*available)() = nullptr;
};

// ours / twin >= ratio_min; without a twin: ours >= rate_min entries per second. Of a server also
// its processor time for each entry, ours / twin <= cpu_ratio_max: where the load generator is the
// limit, that is the bar instead of the rate.
struct Bar {
  const char* twin;
  double ratio_min;
  double rate_min = 0;
  double cpu_ratio_max = 0;      // 0: none
  bool cpu_in_any_case = false;  // whatever the limit is
};

// Busier than this, the load generator is the limit.
inline constexpr double kGeneratorBusyMax = 0.85;

struct Bench {
  const char* name;
  const char* workload;
  uint64_t entries;
  uint64_t tiny_entries;  // with --tiny: as few as still walk every path
  std::span<const Side> sides;
  std::span<const Bar> bars;
  int rounds_max = 0;  // of a bench that takes minutes a round and hardly varies; 0: any
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_BENCH_H_
