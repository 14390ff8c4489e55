#include "cli/load/report.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "cli/encode.h"
#include "cli/table.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

std::string Ms(Nanos span) { return fmt::format("{:.3f}", static_cast<double>(span) / 1e6); }

uint64_t Rounded(double number) { return static_cast<uint64_t>(number + 0.5); }

const char* Plural(uint64_t count) { return count == 1 ? "" : "s"; }

void AppendMember(std::string_view name, uint64_t number, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "\"{}\":{},", name, number);
}

// The numbers of a summary, in the order of the columns of CSV.
std::vector<std::pair<const char*, uint64_t>> NumbersOf(const Summary& summary) {
  return {{"entries", summary.entries},
          {"requests", summary.requests},
          {"bytes", summary.bytes},
          {"entries_per_s", Rounded(summary.PerSecond())},
          {"bytes_per_s", Rounded(summary.BytesPerSecond())},
          {"p50_ns", static_cast<uint64_t>(summary.p50)},
          {"p90_ns", static_cast<uint64_t>(summary.p90)},
          {"p99_ns", static_cast<uint64_t>(summary.p99)},
          {"p999_ns", static_cast<uint64_t>(summary.p999)},
          {"max_ns", static_cast<uint64_t>(summary.max)}};
}

void EndList(std::string_view end, std::string* out) {
  if (out->back() == ',') out->pop_back();
  out->append(end);
}

void AppendMeasures(const LoadShape& shape, const std::array<Summary, kMeasures>& measures,
                    std::string* out) {
  out->append("\"measures\":[");
  for (const Measure measure : MeasuresOf(shape)) {
    fmt::format_to(std::back_inserter(*out), "{{\"measure\":\"{}\",",
                   MeasureName(shape.kind, measure));
    for (const auto& [name, number] : NumbersOf(measures[static_cast<size_t>(measure)])) {
      AppendMember(name, number, out);
    }
    EndList("},", out);
  }
  EndList("]", out);
}

uint64_t Milliseconds(absl::Duration span) {
  return static_cast<uint64_t>(absl::ToInt64Milliseconds(span));
}

void AppendShape(const LoadShape& shape, std::string* out) {
  AppendMember("producers", shape.producers, out);
  AppendMember("consumers", shape.AllConsumers(), out);
  AppendMember("streams", shape.streams, out);
  AppendMember("size_min", shape.sizes.min, out);
  AppendMember("size_max", shape.sizes.max, out);
  AppendMember("keys", shape.keys, out);
  AppendMember("batch", shape.batch, out);
  AppendMember("pipeline", shape.pipeline, out);
  AppendMember("fetch", shape.fetch, out);
  auto to = std::back_inserter(*out);
  if (shape.rate == 0) {
    out->append("\"rate\":null,");
  } else {
    AppendMember("rate", shape.rate, out);
  }
  if (shape.partitions) {
    AppendMember("partitions", *shape.partitions, out);
  } else {
    out->append("\"partitions\":null,");
  }
  if (shape.durability) {
    fmt::format_to(to, "\"durability\":\"{}\",", server::ShowDurability(*shape.durability));
  } else {
    out->append("\"durability\":null,");
  }
}

}  // namespace

void AppendTextReport(const LoadResult& result, std::string* out) {
  const LoadShape& shape = result.shape;
  auto to = std::back_inserter(*out);
  fmt::format_to(to, "bench {} on ", LoadKindName(shape.kind));
  AppendEscaped(result.at, out);
  fmt::format_to(to, ": {}\n", Describe(shape));
  Table table({{"", false},
               {"ENTRIES", true},
               {"ENTRIES/S", true},
               {"MB/S", true},
               {"P50 MS", true},
               {"P90 MS", true},
               {"P99 MS", true},
               {"P99.9 MS", true},
               {"MAX MS", true}});
  for (const Measure measure : MeasuresOf(shape)) {
    const Summary& is = result.measures[static_cast<size_t>(measure)];
    const bool bytes = measure != Measure::kAck;
    table.AddRow({MeasureName(shape.kind, measure), Grouped(is.entries),
                  Grouped(Rounded(is.PerSecond())),
                  bytes ? fmt::format("{:.1f}", is.BytesPerSecond() / 1e6) : "-", Ms(is.p50),
                  Ms(is.p90), Ms(is.p99), Ms(is.p999), Ms(is.max)});
  }
  table.Append(out);
  fmt::format_to(to, "{}{:.3f} s; this process used {:.3f} s of processor\n",
                 result.interrupted ? "interrupted after " : "",
                 absl::ToDoubleSeconds(result.elapsed), absl::ToDoubleSeconds(result.cpu));
  if (result.missing != 0) {
    fmt::format_to(to, "not received: {} of {} entries\n", Grouped(result.missing),
                   Grouped(result.missing + result.received));
  }
  for (const auto& [what, times] : result.errors) {
    fmt::format_to(to, "{} error{}: ", Grouped(times), Plural(times));
    AppendEscaped(what, out);
    out->push_back('\n');
  }
}

void AppendJsonReport(const LoadResult& result, std::string* out) {
  const LoadShape& shape = result.shape;
  fmt::format_to(std::back_inserter(*out), "{{\"bench\":\"{}\",\"at\":", LoadKindName(shape.kind));
  AppendJsonBytes(result.at, out);
  out->push_back(',');
  AppendShape(shape, out);
  out->append(result.interrupted ? "\"interrupted\":true," : "\"interrupted\":false,");
  AppendMember("elapsed_ms", Milliseconds(result.elapsed), out);
  AppendMember("cpu_ms", Milliseconds(result.cpu), out);
  AppendMember("sent", result.sent, out);
  AppendMember("received", result.received, out);
  AppendMember("missing", result.missing, out);
  AppendMeasures(shape, result.measures, out);
  out->append(",\"intervals\":[");
  for (const Interval& interval : result.intervals) {
    out->push_back('{');
    AppendMember("begin_ms", Milliseconds(interval.begin), out);
    AppendMember("end_ms", Milliseconds(interval.end), out);
    AppendMember("errors", interval.errors, out);
    AppendMeasures(shape, interval.measures, out);
    out->append("},");
  }
  EndList("],\"errors\":[", out);
  for (const auto& [what, times] : result.errors) {
    out->append("{\"error\":");
    AppendJsonBytes(what, out);
    fmt::format_to(std::back_inserter(*out), ",\"count\":{}}},", times);
  }
  EndList("]}\n", out);
}

void AppendCsvHeader(std::string* out) {
  out->append("begin_ms,end_ms,measure");
  for (const auto& [name, number] : NumbersOf({})) out->append(",").append(name);
  out->append(",errors\n");
}

void AppendCsvRows(const LoadShape& shape, const Interval& interval, std::string* out) {
  uint64_t errors = interval.errors;
  for (const Measure measure : MeasuresOf(shape)) {
    fmt::format_to(std::back_inserter(*out), "{},{},{}", Milliseconds(interval.begin),
                   Milliseconds(interval.end), MeasureName(shape.kind, measure));
    for (const auto& [name, number] : NumbersOf(interval.measures[static_cast<size_t>(measure)])) {
      out->push_back(',');
      AppendNumber(number, out);
    }
    // They are of the interval, and not of a measure: in its first row.
    fmt::format_to(std::back_inserter(*out), ",{}\n", std::exchange(errors, 0));
  }
}

}  // namespace evlog::cli
