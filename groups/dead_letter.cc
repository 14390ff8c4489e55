#include "groups/dead_letter.h"

#include <array>
#include <charconv>
#include <vector>

namespace evlog {

namespace {

constexpr std::array<std::string_view, 3> kReasons = {"deliveries", "fatal", "requested"};

constexpr std::array<std::string_view, kDeadLetterFields> kNames = {
    kDeadLetterStream,     kDeadLetterId,       kDeadLetterGroup, kDeadLetterReason,
    kDeadLetterDeliveries, kDeadLetterConsumer, kDeadLetterMs};

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

absl::Status AddDeadLetter(const EntryView& entry, const DeadLetterOrigin& origin,
                           internal::BatchData* batch) {
  const std::string id = entry.id.ToString(), deliveries = std::to_string(origin.deliveries),
                    ms = std::to_string(origin.ms);
  std::vector<FieldView> fields = {
      {kDeadLetterStream, origin.stream},
      {kDeadLetterId, id},
      {kDeadLetterGroup, origin.group},
      {kDeadLetterReason, kReasons[static_cast<size_t>(origin.reason)]},
      {kDeadLetterDeliveries, deliveries},
      {kDeadLetterConsumer, origin.consumer},
      {kDeadLetterMs, ms}};
  for (const FieldView& field : entry.fields) fields.push_back(field);
  return batch->Add(fields, {.key = entry.key});
}

std::optional<DeadLetterOrigin> ReadDeadLetter(const EntryView& letter) {
  std::array<std::string_view, kDeadLetterFields> values;
  size_t count = 0;
  for (const FieldView& field : letter.fields) {
    if (field.name != kNames[count]) return std::nullopt;
    values[count] = field.value;
    if (++count == kDeadLetterFields) break;
  }
  if (count != kDeadLetterFields) return std::nullopt;
  DeadLetterOrigin origin;
  origin.stream = values[0];
  const absl::StatusOr<EntryId> id = EntryId::Parse(values[1]);
  if (!id.ok()) return std::nullopt;
  origin.id = *id;
  origin.group = values[2];
  size_t reason = 0;
  while (reason < kReasons.size() && kReasons[reason] != values[3]) ++reason;
  if (reason == kReasons.size()) return std::nullopt;
  origin.reason = static_cast<DeadLetterReason>(reason);
  origin.consumer = values[5];
  if (!ReadNumber(values[4], &origin.deliveries) || !ReadNumber(values[6], &origin.ms)) {
    return std::nullopt;
  }
  return origin;
}

}  // namespace evlog
