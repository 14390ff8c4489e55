#include "cli/load/shape.h"

#include <fmt/format.h>

#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr uint64_t kSizeMax = uint64_t{16} << 20;
constexpr uint64_t kRateMax = 1'000'000'000;
// Each consumer is a thread, or a connection.
constexpr uint64_t kConsumersMax = 10'000;

std::string Counted(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", Grouped(number), noun, number == 1 ? "" : "s");
}

}  // namespace

std::string LoadShape::NameOf(uint32_t stream) const {
  return name.empty() ? fmt::format("bench-{}", stream) : fmt::format("bench-{}-{}", name, stream);
}

std::vector<std::string> LoadShape::Names() const {
  std::vector<std::string> names;
  for (uint32_t i = 0; i != streams; ++i) names.push_back(NameOf(i));
  return names;
}

uint64_t LoadShape::FanOut() const {
  if (kind == LoadKind::kAppend) return 0;
  return kind == LoadKind::kConsume ? groups : consumers;
}

uint64_t LoadShape::AllConsumers() const {
  if (kind == LoadKind::kAppend) return 0;
  return uint64_t{streams} * consumers * (kind == LoadKind::kConsume ? groups : 1);
}

const char* LoadKindName(LoadKind kind) {
  switch (kind) {
    case LoadKind::kAppend:
      return "append";
    case LoadKind::kRead:
      return "read";
    case LoadKind::kConsume:
      return "consume";
    case LoadKind::kPubsub:
      return "pubsub";
  }
  return "";
}

const char* MeasureName(LoadKind kind, Measure measure) {
  switch (measure) {
    case Measure::kSend:
      return kind == LoadKind::kPubsub ? "publish" : "append";
    case Measure::kDelivery:
      return "delivery";
    case Measure::kRead:
      return "read";
    case Measure::kAck:
      return "ack";
  }
  return "";
}

std::vector<Measure> MeasuresOf(const LoadShape& shape) {
  std::vector<Measure> measures;
  if (!shape.filled()) measures.push_back(Measure::kSend);
  if (shape.has_consumers()) {
    measures.push_back(shape.filled() ? Measure::kRead : Measure::kDelivery);
  }
  if (shape.kind == LoadKind::kConsume) measures.push_back(Measure::kAck);
  return measures;
}

absl::StatusOr<Payload::Sizes> ParseSizes(std::string_view text) {
  const size_t dots = text.find("..");
  const std::string_view low = text.substr(0, dots);
  const std::string_view high = dots == std::string_view::npos ? low : text.substr(dots + 2);
  const absl::StatusOr<uint64_t> min = ParseSize(low);
  if (!min.ok()) return Annotate(min.status(), "--size");
  const absl::StatusOr<uint64_t> max = ParseSize(high);
  if (!max.ok()) return Annotate(max.status(), "--size");
  if (*min > *max || *max > kSizeMax) {
    return InvalidArgument("--size {}: bytes, or MIN..MAX, up to {}", Quoted(text),
                           HumanBytes(kSizeMax));
  }
  return Payload::Sizes{static_cast<uint32_t>(*min), static_cast<uint32_t>(*max)};
}

absl::StatusOr<uint64_t> ParseRate(std::string_view text) {
  if (text == "max") return 0;
  std::string_view number = text;
  if (number.ends_with("/s")) number.remove_suffix(2);
  const absl::StatusOr<uint64_t> rate = ParseCount(number);
  if (rate.ok() && *rate > 0 && *rate <= kRateMax) return *rate;
  return InvalidArgument("--rate {}: entries a second, such as 5000/s, or max", Quoted(text));
}

std::string Describe(const LoadShape& shape) {
  const bool pubsub = shape.kind == LoadKind::kPubsub;
  std::string text = shape.filled() ? Grouped(shape.count) + " entries"
                                    : Counted(shape.producers, pubsub ? "publisher" : "producer");
  if (shape.has_consumers()) {
    text += ", " + Counted(shape.AllConsumers(), pubsub ? "subscriber" : "consumer");
  }
  if (shape.kind == LoadKind::kConsume && shape.groups != 1) {
    text += fmt::format(" in {} groups", shape.groups);
  }
  text += ", " + Counted(shape.streams, pubsub ? "channel" : "stream");
  if (shape.partitions.has_value()) text += " of " + Counted(*shape.partitions, "partition");
  text += shape.sizes.min == shape.sizes.max
              ? fmt::format(", {} B", shape.sizes.min)
              : fmt::format(", {}..{} B", shape.sizes.min, shape.sizes.max);
  if (shape.keys != 0) text += ", " + Counted(shape.keys, "key");
  if (shape.batch != 1) text += fmt::format(", batch {}", shape.batch);
  if (shape.pipeline != 1) text += fmt::format(", pipeline {}", shape.pipeline);
  if (shape.rate > 0) text += fmt::format(", {}/s", Grouped(shape.rate));
  if (shape.warmup > absl::ZeroDuration()) {
    text += ", after " + DurationText(shape.warmup) + " to warm up";
  }
  return text;
}

absl::Status CheckShape(const LoadShape& shape) {
  if (shape.kind == LoadKind::kAppend || shape.kind == LoadKind::kPubsub) {
    if (shape.producers == 0) return InvalidArgument("--producers 0: nothing would be sent");
  }
  if (shape.filled()) {
    if (shape.rate > 0 || shape.warmup > absl::ZeroDuration()) {
      return InvalidArgument(
          "--rate and --warmup are about producers: give --producers, or entries are appended "
          "first");
    }
  } else if (shape.has_consumers() && shape.sizes.min < kStampBytes) {
    return InvalidArgument("--size: at least {} bytes, for the time in them", kStampBytes);
  }
  if (shape.AllConsumers() > kConsumersMax) {
    return InvalidArgument("that makes {} consumers; {} is the limit",
                           Grouped(shape.AllConsumers()), Grouped(kConsumersMax));
  }
  return absl::OkStatus();
}

}  // namespace evlog::cli
