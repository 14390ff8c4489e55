#include "cli/load/plot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "cli/encode.h"
#include "cli/output.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr double kWidth = 960;
constexpr double kLeft = 76;
constexpr double kRight = kWidth - 24;
constexpr double kTop = 84;           // of the first panel
constexpr double kPanelHeight = 200;  // of what is drawn in
constexpr double kPanelStep = 276;    // from one to the next
constexpr double kHeight = kTop + 3 * kPanelStep;

constexpr const char* kColors[kMeasures] = {"#2563eb", "#d97706", "#059669", "#7c3aed"};

using Points = std::vector<std::pair<double, double>>;

void AppendXml(std::string_view text, std::string* out) {
  std::string printable;
  AppendEscaped(text, &printable);
  for (const char c : printable) {
    switch (c) {
      case '&':
        out->append("&amp;");
        break;
      case '<':
        out->append("&lt;");
        break;
      case '>':
        out->append("&gt;");
        break;
      case '"':
        out->append("&quot;");
        break;
      default:
        out->push_back(c);
    }
  }
}

// Values of an axis to places on it.
class Axis {
 public:
  static Axis Linear(double low, double high, double from, double to) {
    return {low, high > low ? high : low + 1, from, to};
  }

  double Place(double value) const {
    return from_ + (value - low_) / (high_ - low_) * (to_ - from_);
  }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  Axis(double low, double high, double from, double to)
      : low_(low), high_(high), from_(from), to_(to) {}

  double low_, high_, from_, to_;
};

// 1, 2 or 5 times a power of ten, so that some five of them make `range`.
double StepOf(double range) {
  const double rough = std::max(range, 1e-9) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= rough) return power * factor;
  }
  return power * 10;
}

std::string RateText(double rate) {
  if (rate >= 1e6) return fmt::format("{:g}M", rate / 1e6);
  return rate >= 1e3 ? fmt::format("{:g}k", rate / 1e3) : fmt::format("{:g}", rate);
}

std::string SpanText(double nanos) {
  if (nanos >= 1e9) return fmt::format("{:g} s", nanos / 1e9);
  if (nanos >= 1e6) return fmt::format("{:g} ms", nanos / 1e6);
  return nanos >= 1e3 ? fmt::format("{:g} us", nanos / 1e3) : fmt::format("{:g} ns", nanos);
}

class Drawing {
 public:
  explicit Drawing(const LoadResult& result) : result_(result) {}

  std::string Draw() {
    Begin();
    DrawRates(0);
    DrawLatencies(1);
    DrawCurves(2);
    out_.append("</svg>\n");
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void Text(double x, double y, const char* kind, std::string_view text) {
    Add("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">", x, y, kind);
    AppendXml(text, &out_);
    out_.append("</text>\n");
  }

  void Begin() {
    Add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\">\n",
        kWidth, kHeight);
    out_.append(
        "<style>text{font:12px sans-serif;fill:#334155}.h{font-size:15px;font-weight:bold}"
        ".t{font-weight:bold}.y{text-anchor:end}.x{text-anchor:middle}.g{stroke:#e2e8f0}"
        ".l{fill:none;stroke-width:1.6}.p99{stroke-dasharray:7 4}"
        ".max{stroke-dasharray:1.5 4}</style>\n");
    Add("<rect width=\"{:g}\" height=\"{:g}\" fill=\"#ffffff\"/>\n", kWidth, kHeight);
    const LoadShape& shape = result_.shape;
    Text(kLeft, 28, "h", fmt::format("evlog bench {} on {}", LoadKindName(shape.kind), result_.at));
    Text(kLeft, 48, "s", Describe(shape));
  }

  static double Bottom(int panel) { return kTop + panel * kPanelStep + kPanelHeight; }

  // The title of a panel, and behind it which color is which measure.
  void Title(int panel, const std::string& title) {
    const double y = Bottom(panel) - kPanelHeight - 10;
    Text(kLeft, y, "t", title);
    double x = kRight - 90.0 * static_cast<double>(MeasuresOf(result_.shape).size());
    for (const Measure measure : MeasuresOf(result_.shape)) {
      Add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", x, y - 10,
          kColors[static_cast<size_t>(measure)]);
      Text(x + 17, y, "s", MeasureName(result_.shape.kind, measure));
      x += 90;
    }
  }

  void MarkX(int panel, double x, std::string_view text) {
    Add("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" class=\"g\"/>\n", x,
        Bottom(panel) - kPanelHeight, Bottom(panel));
    Text(x, Bottom(panel) + 17, "x", text);
  }
  void MarkY(double y, std::string_view text) {
    Add("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"g\"/>\n", kLeft, y,
        kRight, y);
    Text(kLeft - 7, y + 4, "y", text);
  }

  void Curve(const Points& points, size_t measure, const char* kind) {
    if (points.empty()) return;
    Add("<polyline class=\"l {}\" stroke=\"{}\" points=\"", kind, kColors[measure]);
    for (const auto& [x, y] : points) Add("{:.1f},{:.1f} ", x, y);
    out_.back() = '"';
    out_.append("/>\n");
  }

  Axis TimeAxis(int panel) {
    double end = 0;
    for (const Interval& interval : result_.intervals) {
      end = std::max(end, absl::ToDoubleSeconds(interval.end));
    }
    const Axis axis = Axis::Linear(0, end, kLeft, kRight);
    const double step = StepOf(axis.high());
    for (int i = 0; i * step <= axis.high() * 1.0001; ++i) {
      MarkX(panel, axis.Place(i * step), fmt::format("{:g} s", i * step));
    }
    return axis;
  }

  // A line that is level over each interval, of whatever `value` says of a summary.
  template <typename Value>
  Points Steps(const Axis& time, size_t measure, const Value& value) const {
    Points points;
    for (const Interval& interval : result_.intervals) {
      const Summary& summary = interval.measures[measure];
      if (summary.requests == 0) continue;
      const double y = value(summary);
      points.emplace_back(time.Place(absl::ToDoubleSeconds(interval.begin)), y);
      points.emplace_back(time.Place(absl::ToDoubleSeconds(interval.end)), y);
    }
    return points;
  }

  void DrawRates(int panel) {
    Title(panel, "Entries a second");
    const Axis time = TimeAxis(panel);
    double most = 0;
    for (const Interval& interval : result_.intervals) {
      for (const Summary& summary : interval.measures) most = std::max(most, summary.PerSecond());
    }
    const double step = StepOf(std::max(most, 1.0));
    const Axis rates =
        Axis::Linear(0, std::max(most, step), Bottom(panel), Bottom(panel) - kPanelHeight);
    for (int i = 0; i * step <= rates.high() * 1.0001; ++i) {
      MarkY(rates.Place(i * step), RateText(i * step));
    }
    for (size_t i = 0; i != kMeasures; ++i) {
      Curve(Steps(time, i, [&](const Summary& is) { return rates.Place(is.PerSecond()); }), i,
            "rate");
    }
  }

  // Latencies by powers of ten, from a little below the shortest p50 to a little above the longest.
  Axis LatencyAxis(int panel) {
    double low = 1e18, high = 1;
    for (const Summary& summary : result_.measures) {
      if (summary.requests == 0) continue;
      low = std::min(low, static_cast<double>(std::max<Nanos>(summary.p50, 1)));
      high = std::max(high, static_cast<double>(summary.max));
    }
    for (const Interval& interval : result_.intervals) {
      for (const Summary& summary : interval.measures) {
        if (summary.requests == 0) continue;
        low = std::min(low, static_cast<double>(std::max<Nanos>(summary.p50, 1)));
      }
    }
    const double floor = std::floor(std::log10(std::min(low, high)));
    const double ceiling = std::max(std::ceil(std::log10(high)), floor + 1);
    const Axis axis = Axis::Linear(floor, ceiling, Bottom(panel), Bottom(panel) - kPanelHeight);
    for (double power = floor; power <= ceiling; ++power) {
      MarkY(axis.Place(power), SpanText(std::pow(10, power)));
    }
    return axis;
  }

  static double PlaceOf(const Axis& latencies, Nanos latency) {
    const double power = std::log10(static_cast<double>(std::max<Nanos>(latency, 1)));
    return latencies.Place(std::clamp(power, latencies.low(), latencies.high()));
  }

  void DrawLatencies(int panel) {
    Title(panel, "Latency: p50, p99 (dashed), longest (dotted)");
    const Axis time = TimeAxis(panel);
    const Axis latencies = LatencyAxis(panel);
    for (size_t i = 0; i != kMeasures; ++i) {
      const auto draw = [&](Nanos Summary::*which, const char* kind) {
        Curve(Steps(time, i, [&](const Summary& is) { return PlaceOf(latencies, is.*which); }), i,
              kind);
      };
      draw(&Summary::p50, "p50");
      draw(&Summary::p99, "p99");
      draw(&Summary::max, "max");
    }
  }

  void DrawCurves(int panel) {
    Title(panel, "Latency that so many do not exceed");
    double closest = 1;  // how many nines there are
    for (const std::vector<CurvePoint>& curve : result_.curves) {
      if (!curve.empty()) closest = std::max(closest, -std::log10(1 - curve.back().quantile));
    }
    const Axis shares = Axis::Linear(0, closest, kLeft, kRight);
    MarkX(panel, shares.Place(0), "0 %");
    MarkX(panel, shares.Place(std::log10(2)), "50 %");
    for (int nines = 1; nines <= closest; ++nines) {
      MarkX(panel, shares.Place(nines), fmt::format("{:g} %", 100 - std::pow(10, 2 - nines)));
    }
    const Axis latencies = LatencyAxis(panel);
    for (size_t i = 0; i != kMeasures; ++i) {
      Points points;
      for (const CurvePoint& point : result_.curves[i]) {
        points.emplace_back(shares.Place(-std::log10(1 - point.quantile)),
                            PlaceOf(latencies, point.latency));
      }
      Curve(points, i, "curve");
    }
  }

  const LoadResult& result_;
  std::string out_;
};

}  // namespace

std::string PlotSvg(const LoadResult& result) { return Drawing(result).Draw(); }

absl::Status CheckPlot(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    return Error(absl::StatusCode::kUnavailable, "{}: {}", path, std::strerror(errno));
  }
  close(fd);
  return absl::OkStatus();
}

absl::Status WritePlot(const LoadResult& result, const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    return Error(absl::StatusCode::kUnavailable, "{}: {}", path, std::strerror(errno));
  }
  Output file(fd);
  file.buffer()->append(PlotSvg(result));
  absl::Status status = file.Flush();
  if (close(fd) != 0 && status.ok()) {
    status = absl::UnavailableError(std::strerror(errno));
  }
  return status.ok() ? status : Annotate(status, path);
}

}  // namespace evlog::cli
