#include "bench/runner.h"

#include <regex.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "bench/page_cache.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Error(absl::StatusCode::kInternal, "{}: {}", path, error.message());
  return absl::OkStatus();
}

absl::Status RemoveDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Error(absl::StatusCode::kInternal, "{}: {}", path, error.message());
  return absl::OkStatus();
}

absl::Status CheckChecksums(const BenchResult& result) {
  const Measurement* first = nullptr;
  for (const SideResult& side : result.sides) {
    for (const Measurement& measurement : side.rounds) {
      if (first == nullptr) first = &measurement;
      if (measurement.checksum != first->checksum) {
        return DataLoss("{}: {} read something else than {}", result.bench->name, side.side->name,
                        result.sides.front().side->name);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> SideResult::Rates() const {
  std::vector<double> rates;
  for (const Measurement& m : rounds) {
    rates.push_back(m.latency ? 1e9 / m.latency->p50 : static_cast<double>(m.entries) / m.seconds);
  }
  return rates;
}

std::optional<Latency> SideResult::MedianLatency() const {
  std::vector<double> p50, p99, p999;
  for (const Measurement& m : rounds) {
    if (!m.latency) return std::nullopt;
    p50.push_back(m.latency->p50);
    p99.push_back(m.latency->p99);
    p999.push_back(m.latency->p999);
  }
  return Latency{Median(std::move(p50)), Median(std::move(p99)), Median(std::move(p999))};
}

std::vector<double> SideResult::CpuMicros() const {
  std::vector<double> micros;
  for (const Measurement& m : rounds) {
    micros.push_back(m.cpu_seconds * 1e6 / static_cast<double>(m.entries));
  }
  return micros;
}

double SideResult::GeneratorBusy() const {
  std::vector<double> busy;
  for (const Measurement& m : rounds) busy.push_back(m.generator_busy);
  return Median(std::move(busy));
}

std::vector<Figure> SideResult::Figures() const {
  std::vector<Figure> figures = rounds.empty() ? std::vector<Figure>() : rounds.front().figures;
  for (size_t i = 0; i != figures.size(); ++i) {
    std::vector<double> values;
    for (const Measurement& m : rounds) values.push_back(m.figures[i].value);
    figures[i].value = Median(std::move(values));
  }
  return figures;
}

const SideResult* BenchResult::Find(std::string_view side) const {
  for (const SideResult& result : sides) {
    if (result.side->name == side) return &result;
  }
  return nullptr;
}

namespace {

Ratio RatioOf(const std::vector<double>& ours, const std::vector<double>& twin) {
  std::vector<double> ratios;
  for (size_t i = 0; i != std::min(ours.size(), twin.size()); ++i) {
    ratios.push_back(ours[i] / twin[i]);
  }
  const auto [min, max] = std::minmax_element(ratios.begin(), ratios.end());
  return {Median(ours) / Median(twin), Median(ratios), *min, *max};
}

}  // namespace

Ratio Compare(const SideResult& ours, const SideResult& twin) {
  return RatioOf(ours.Rates(), twin.Rates());
}

Ratio CompareCpu(const SideResult& ours, const SideResult& twin) {
  return RatioOf(ours.CpuMicros(), twin.CpuMicros());
}

absl::StatusOr<bool> Matches(const std::string& pattern, const char* text) {
  if (pattern.empty()) return true;
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0) {
    return InvalidArgument("not a regular expression: {}", pattern);
  }
  const bool found = regexec(&compiled, text, 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

absl::StatusOr<bool> Runner::Wanted(const Bench& bench, const Side& side) const {
  const bool ours = &side == bench.sides.data();
  if (side.available != nullptr && !side.available()) {
    std::fprintf(stderr, "  %s is not on this machine, and left out\n", side.name);
    return false;
  }
  if (flags_.side == "ours") return ours;
  if (flags_.side == "twin") return !ours;
  return Matches(flags_.side, side.name);
}

absl::StatusOr<std::string> Runner::Fixture(const Side& side, uint64_t entries) {
  const std::string name = fmt::format("{}-{}", side.fixture, entries);
  if (const auto found = fixtures_.find(name); found != fixtures_.end()) return found->second;
  std::fprintf(stderr, "  filling %s\n", name.c_str());
  Context context;
  context.dir = dir_ + "/" + name;
  context.entries = entries;
  RETURN_IF_ERROR(MakeDirectory(context.dir));
  RETURN_IF_ERROR(side.prepare(context));
  fixtures_[name] = context.dir;
  return context.dir;
}

absl::StatusOr<Measurement> Runner::RunSide(const Side& side, uint64_t entries, int round) {
  Context context;
  context.entries = entries;
  context.round = round;
  if (side.fixture != nullptr) {
    ASSIGN_OR_RETURN(context.dir, Fixture(side, entries));
  } else {
    context.dir = dir_ + "/side";
    RETURN_IF_ERROR(MakeDirectory(context.dir));
  }
  if (!flags_.tiny) RETURN_IF_ERROR(SettleFileSystem(dir_));
  absl::StatusOr<Measurement> measurement = side.run(context);
  if (side.fixture == nullptr) RETURN_IF_ERROR(RemoveDirectory(context.dir));
  return measurement;
}

absl::StatusOr<BenchResult> Runner::Run(const Bench& bench) {
  BenchResult result;
  result.bench = &bench;
  // Whole thousands, so that every batch size and number of streams divides them.
  result.entries = flags_.tiny
                       ? bench.tiny_entries
                       : static_cast<uint64_t>(static_cast<double>(bench.entries) * flags_.scale);
  if (!flags_.tiny && result.entries > 10'000) result.entries -= result.entries % 10'000;
  for (const Side& side : bench.sides) {
    ASSIGN_OR_RETURN(const bool wanted, Wanted(bench, side));
    if (wanted) result.sides.push_back({&side, {}});
  }
  const size_t sides = result.sides.size();
  const int rounds =
      bench.rounds_max == 0 ? flags_.rounds : std::min(flags_.rounds, bench.rounds_max);
  for (int round = 0; round != rounds; ++round) {
    for (size_t i = 0; i != sides; ++i) {
      // Another side goes first in each round.
      SideResult& side = result.sides[(i + static_cast<size_t>(round)) % sides];
      absl::StatusOr<Measurement> measurement = RunSide(*side.side, result.entries, round);
      if (!measurement.ok()) {
        return Annotate(measurement.status(), fmt::format("{}, {}", bench.name, side.side->name));
      }
      side.rounds.push_back(*measurement);
      std::fprintf(stderr, "  round %d  %-22s %12.0f /s\n", round + 1, side.side->name,
                   side.Rates().back());
    }
  }
  RETURN_IF_ERROR(CheckChecksums(result));
  return result;
}

}  // namespace evlog::bench
