#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace evlog::bench {
namespace {

const Bar* FindBar(const Bench& bench, const Side& side) {
  for (const Bar& bar : bench.bars) {
    if (bar.twin != nullptr && std::string_view(bar.twin) == side.name) return &bar;
  }
  return nullptr;
}

const Bar* AbsoluteBar(const Bench& bench) {
  for (const Bar& bar : bench.bars) {
    if (bar.twin == nullptr) return &bar;
  }
  return nullptr;
}

// One line of a table, in words.
struct Row {
  std::string side, median, min, max, cpu, of_medians, ratio, range, bar, verdict, tail;
};

// A rate, or the time for one where latencies were measured.
std::string Show(double rate, bool latency) {
  return latency ? fmt::format("{:.2f} us", 1e6 / rate) : FormatRate(rate);
}

std::string Tail(const Latency& latency) {
  return fmt::format("p99 {:.1f} us, p99.9 {:.1f} us", latency.p99 / 1e3, latency.p999 / 1e3);
}

std::string Verdict(bool met) { return met ? "met" : "MISSED"; }

// Where a load generator asked both: "cpu 0.70 (0.66-0.75), bar <= 0.8; generator 93 % busy".
std::string OfServer(const Bar* bar, const Ratio& cpu, double busy) {
  std::string text = fmt::format("cpu {:.2f} ({:.2f}-{:.2f})", cpu.median, cpu.min, cpu.max);
  if (bar != nullptr && bar->cpu_ratio_max != 0 &&
      (bar->cpu_in_any_case || busy > kGeneratorBusyMax)) {
    text += fmt::format(", bar <= {:g}", bar->cpu_ratio_max);
  }
  return text + fmt::format("; generator {:.0f} % busy", busy * 100);
}

// Whether ours keeps up with a twin. `busy`: the load generator beside ours.
bool Meets(const Bar& bar, const Ratio& rate, const Ratio& cpu, double busy) {
  const bool by_rate = rate.median >= bar.ratio_min;
  if (bar.cpu_ratio_max == 0) return by_rate;
  const bool by_cpu = cpu.median <= bar.cpu_ratio_max;
  const bool limited = busy > kGeneratorBusyMax;
  if (bar.cpu_in_any_case) return by_cpu && (limited || by_rate);
  return limited ? by_cpu : by_rate;
}

Row MakeRow(const BenchResult& result, const SideResult& side) {
  const std::vector<double> rates = side.Rates();
  const auto [min, max] = std::minmax_element(rates.begin(), rates.end());
  Row row;
  const std::optional<Latency> latency = side.MedianLatency();
  row.side = side.side->name;
  row.median = Show(Median(rates), latency.has_value());
  row.min = Show(latency ? *max : *min, latency.has_value());
  row.max = Show(latency ? *min : *max, latency.has_value());
  if (latency) row.tail = Tail(*latency);
  row.cpu = fmt::format("{:.2f}", Median(side.CpuMicros()));
  const Side& ours = result.bench->sides.front();
  if (side.side == &ours) {
    if (const Bar* bar = AbsoluteBar(*result.bench)) {
      row.bar = (latency ? "<= " : ">= ") + Show(bar->rate_min, latency.has_value());
      row.verdict = Verdict(Median(rates) >= bar->rate_min);
    }
    return row;
  }
  const Bar* bar = FindBar(*result.bench, *side.side);
  if (bar != nullptr) row.bar = fmt::format(">= {:g}", bar->ratio_min);
  if (const SideResult* our_result = result.Find(ours.name)) {
    const Ratio ratio = Compare(*our_result, side);
    row.of_medians = fmt::format("{:.2f}", ratio.of_medians);
    row.ratio = fmt::format("{:.2f}", ratio.median);
    row.range = fmt::format("{:.2f}-{:.2f}", ratio.min, ratio.max);
    const Ratio cpu = CompareCpu(*our_result, side);
    const double busy = our_result->GeneratorBusy();
    if (busy != 0) row.tail += OfServer(bar, cpu, busy);
    if (bar != nullptr) row.verdict = Verdict(Meets(*bar, ratio, cpu, busy));
  }
  return row;
}

// "write amplification 2.17 x (bar 2.5, met)" for each.
std::vector<std::string> FigureTexts(const BenchResult& result, const SideResult& side) {
  std::vector<std::string> texts;
  // Ours is held against the first twin's.
  const bool ours = side.side == &result.bench->sides.front();
  const std::vector<Figure> twin =
      ours && result.sides.size() > 1 ? result.sides[1].Figures() : std::vector<Figure>();
  const std::vector<Figure> figures = side.Figures();
  for (size_t i = 0; i != figures.size(); ++i) {
    const Figure& figure = figures[i];
    std::string text = fmt::format("{} {:.4g} {}", figure.name, figure.value, figure.unit);
    if (ours && figure.max != 0) {
      text += fmt::format(" (bar <= {:g}, {})", figure.max, Verdict(figure.value <= figure.max));
    }
    if (figure.ratio_max != 0 && i < twin.size()) {
      const double ratio = figure.value / twin[i].value;
      text += fmt::format(", {:.2f} of the twin's (bar <= {:g}, {})", ratio, figure.ratio_max,
                          Verdict(ratio <= figure.ratio_max));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string Thousands(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string Heading(const BenchResult& result) {
  const size_t rounds = result.sides.empty() ? 0 : result.sides.front().rounds.size();
  return fmt::format("{}; {} entries, {} rounds", result.bench->workload, Thousands(result.entries),
                     rounds);
}

}  // namespace

std::string FormatRate(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f} M/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.1f} k/s", per_second / 1e3);
  return fmt::format("{:.0f} /s", per_second);
}

std::string ToText(const BenchResult& result) {
  std::string text = fmt::format("{}\n  {}\n", result.bench->name, Heading(result));
  auto out = std::back_inserter(text);
  constexpr const char* kLine =
      "  {:22} {:>10} {:>10} {:>10} {:>8} {:>9} {:>7} {:>11}  {:12} {} {}\n";
  fmt::format_to(out, fmt::runtime(kLine), "side", "median", "min", "max", "us cpu", "medians",
                 "ratio", "range", "bar", "", "");
  for (const SideResult& side : result.sides) {
    const Row row = MakeRow(result, side);
    fmt::format_to(out, fmt::runtime(kLine), row.side, row.median, row.min, row.max, row.cpu,
                   row.of_medians, row.ratio, row.range, row.bar, row.verdict, row.tail);
    for (const std::string& figure : FigureTexts(result, side)) text += "      " + figure + "\n";
  }
  return text;
}

std::string ToMarkdown(const Machine& machine, const std::vector<BenchResult>& results) {
  std::string text = fmt::format("Machine: {}\n", machine.ToString());
  auto out = std::back_inserter(text);
  for (const BenchResult& result : results) {
    fmt::format_to(out, "\n### {}\n{}\n\n", result.bench->name, Heading(result));
    text +=
        "| side | median | min | max | cpu us | ratio (median) | range | of medians | bar | |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n";
    for (const SideResult& side : result.sides) {
      const Row row = MakeRow(result, side);
      fmt::format_to(out, "| {}: {} | {} | {} | {} | {} | {} | {} | {} | {} | {} {} |\n", row.side,
                     side.side->text, row.median, row.min, row.max, row.cpu, row.ratio, row.range,
                     row.of_medians, row.bar, row.verdict, row.tail);
    }
    for (const SideResult& side : result.sides) {
      for (const std::string& figure : FigureTexts(result, side)) {
        fmt::format_to(out, "\n- {}: {}", side.side->name, figure);
      }
    }
    text += "\n";
  }
  return text;
}

std::string ToJson(const Machine& machine, const std::vector<BenchResult>& results) {
  nlohmann::json json;
  json["machine"] = {{"cpu", machine.cpu},       {"cores", machine.cores},
                     {"kernel", machine.kernel}, {"file_system", machine.file_system},
                     {"build", machine.build},   {"commit", machine.commit}};
  json["benches"] = nlohmann::json::array();
  for (const BenchResult& result : results) {
    nlohmann::json bench = {{"name", result.bench->name},
                            {"workload", result.bench->workload},
                            {"entries", result.entries},
                            {"sides", nlohmann::json::array()}};
    const SideResult* ours = result.Find(result.bench->sides.front().name);
    for (const SideResult& side : result.sides) {
      const std::vector<double> rates = side.Rates();
      nlohmann::json one = {{"name", side.side->name},
                            {"text", side.side->text},
                            {"rates", rates},
                            {"median", Median(rates)},
                            {"cpu_us_per_entry", Median(side.CpuMicros())}};
      if (side.GeneratorBusy() != 0) one["generator_busy"] = side.GeneratorBusy();
      if (const std::optional<Latency> latency = side.MedianLatency()) {
        one["latency_ns"] = {
            {"p50", latency->p50}, {"p99", latency->p99}, {"p99_9", latency->p999}};
      }
      for (const Figure& figure : side.Figures()) {
        one["figures"][figure.name] = {{"value", figure.value}, {"unit", figure.unit}};
        if (figure.max != 0) one["figures"][figure.name]["max"] = figure.max;
        if (figure.ratio_max != 0) one["figures"][figure.name]["ratio_max"] = figure.ratio_max;
      }
      const Bar* bar =
          &side == ours ? AbsoluteBar(*result.bench) : FindBar(*result.bench, *side.side);
      if (bar != nullptr && bar->twin == nullptr) one["bar_rate"] = bar->rate_min;
      if (bar != nullptr && bar->twin != nullptr) one["bar_ratio"] = bar->ratio_min;
      if (bar != nullptr && bar->cpu_ratio_max != 0) one["bar_cpu_ratio"] = bar->cpu_ratio_max;
      if (ours != nullptr && &side != ours) {
        const Ratio ratio = Compare(*ours, side);
        one["ratio"] = {{"median", ratio.median},
                        {"of_medians", ratio.of_medians},
                        {"min", ratio.min},
                        {"max", ratio.max}};
        const Ratio cpu = CompareCpu(*ours, side);
        one["cpu_ratio"] = {{"median", cpu.median}, {"min", cpu.min}, {"max", cpu.max}};
      }
      bench["sides"].push_back(std::move(one));
    }
    json["benches"].push_back(std::move(bench));
  }
  return json.dump(2) + "\n";
}

std::string Describe(const Bench& bench) {
  std::string text =
      fmt::format("{}\n  {}; {} entries\n", bench.name, bench.workload, Thousands(bench.entries));
  for (const Side& side : bench.sides) {
    std::string bar;
    if (const Bar* found = FindBar(bench, side)) {
      bar = fmt::format("  [ours >= {:g} x]", found->ratio_min);
    }
    text += fmt::format("    {:22} {}{}\n", side.name, side.text, bar);
  }
  if (const Bar* bar = AbsoluteBar(bench))
    text += "    ours >= " + FormatRate(bar->rate_min) + "\n";
  return text;
}

}  // namespace evlog::bench
