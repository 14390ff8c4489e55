#include "evlog/prometheus.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "log/base/utf8.h"

namespace evlog {
namespace {

using Sample = MetricsRegistry::Sample;

constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};

// What a text of one line cannot hold. Quotes only in labels.
void AppendEscaped(std::string_view text, bool quotes, std::string* out) {
  for (const char c : text) {
    if (c == '\\') {
      *out += "\\\\";
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '"' && quotes) {
      *out += "\\\"";
    } else {
      *out += c;
    }
  }
}

// Others than UTF-8 would make Prometheus refuse the whole text.
std::string AsUtf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t length = Utf8Length(bytes);
    if (length == 0) {
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    text.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return text;
}

// Exact where it can be: 1.5 of 1,500,000 microseconds.
template <typename T>
void AppendNumber(T number, int64_t divisor, std::string* out) {
  if (divisor == 1) {
    fmt::format_to(std::back_inserter(*out), "{}", number);
  } else {
    fmt::format_to(std::back_inserter(*out), "{}",
                   static_cast<double>(number) / static_cast<double>(divisor));
  }
}

void AppendPlain(const Sample& sample, std::string* out) {
  *out += sample.name;
  for (size_t i = 0; i < sample.labels.size(); ++i) {
    *out += i == 0 ? '{' : ',';
    *out += sample.labels[i].first;
    *out += "=\"";
    AppendEscaped(AsUtf8(sample.labels[i].second), true, out);
    *out += '"';
  }
  if (!sample.labels.empty()) *out += '}';
  *out += ' ';
  AppendNumber(sample.value, sample.divisor, out);
  *out += '\n';
}

void AppendHistogram(const Sample& sample, std::string* out) {
  // One copy: the buckets must add up to the count. Values that are recorded meanwhile may be in
  // the sum already.
  const std::array<uint64_t, Histogram::kBuckets> buckets = sample.histogram->buckets();
  int first = 0, last = -1;
  for (int i = 0; i < Histogram::kBuckets; ++i) {
    if (buckets[static_cast<size_t>(i)] == 0) continue;
    if (last < 0) first = i;
    last = i;
  }
  uint64_t count = 0;
  for (int i = first; i <= last; ++i) {
    count += buckets[static_cast<size_t>(i)];
    *out += sample.name;
    *out += "_bucket{le=\"";
    AppendNumber(i == 0 ? 0 : UINT64_MAX >> (64 - i), sample.divisor, out);
    fmt::format_to(std::back_inserter(*out), "\"}} {}\n", count);
  }
  fmt::format_to(std::back_inserter(*out), "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum ", sample.name,
                 count);
  AppendNumber(sample.histogram->sum(), sample.divisor, out);
  fmt::format_to(std::back_inserter(*out), "\n{}_count {}\n", sample.name, count);
}

}  // namespace

std::string PrometheusText(const MetricsRegistry& registry) {
  std::string text;
  std::string_view last;  // the name that was described
  const std::vector<Sample> samples = registry.Samples();
  for (const Sample& sample : samples) {
    if (sample.name != last) {
      text += "# HELP " + sample.name + ' ';
      AppendEscaped(sample.help, false, &text);
      text += "\n# TYPE " + sample.name + ' ' + kTypes[static_cast<size_t>(sample.type)] + '\n';
      last = sample.name;
    }
    if (sample.type == Sample::Type::kHistogram) {
      AppendHistogram(sample, &text);
    } else {
      AppendPlain(sample, &text);
    }
  }
  return text;
}

}  // namespace evlog
