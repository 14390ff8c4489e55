#include "cli/producer_flags.h"

#include <CLI/CLI.hpp>

#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<std::string_view> FindField(std::string_view field, const char* option,
                                           const std::vector<FieldView>& fields) {
  for (const FieldView& candidate : fields) {
    if (candidate.name == field) return candidate.value;
  }
  return InvalidArgument("no field {}, which {} names", Quoted(field), option);
}

absl::StatusOr<std::optional<Idempotence>> Producer::MarkOf(
    const std::vector<FieldView>& fields) const {
  switch (by) {
    case By::kNothing:
      return std::nullopt;
    case By::kSequence:
      return Idempotence::Sequence(name, sequence);
    case By::kId:
      return Idempotence::Id(name, id);
    case By::kContent:
      return Idempotence::Content(name);
    case By::kField:
      break;
  }
  ASSIGN_OR_RETURN(const std::string_view value, FindField(field, "--idempotence-field", fields));
  const Idempotence mark = Idempotence::Id(name, value);
  const absl::Status valid = mark.Validate();
  if (!valid.ok()) return Annotate(valid, "--idempotence-field " + Quoted(field));
  return mark;
}

void ProducerFlags::AddTo(CLI::App* app) {
  app->add_option("--producer", producer,
                  "Who appends, so that a repeat is known and appends nothing; with one of the "
                  "four below")
      ->type_name("NAME");
  app->add_option("--sequence", sequence,
                  "The producer's number of the entry; of many, of the first: each has the next")
      ->type_name("N");
  app->add_option("--idempotence-id", id, "An id of the entry; of many, of all of them as one")
      ->type_name("ID");
  app->add_option("--idempotence-field", field, "The field whose value is the id of each entry")
      ->type_name("FIELD");
  app->add_flag("--idempotent-by-content", by_content,
                "An entry with the same key and fields is a repeat");
}

absl::StatusOr<Producer> ProducerFlags::Parse() const {
  Producer parsed;
  const int ways = sequence.has_value() + id.has_value() + !field.empty() + by_content;
  if (!producer.has_value() && ways == 0) return parsed;
  if (!producer.has_value()) {
    return InvalidArgument("whose? give --producer NAME, which tells repeats from others' appends");
  }
  if (ways != 1) {
    return InvalidArgument(
        "--producer: give one of --sequence, --idempotence-id, --idempotence-field and "
        "--idempotent-by-content");
  }
  parsed.name = *producer;
  absl::Status valid = Idempotence::Content(parsed.name).Validate();
  if (!valid.ok()) return Annotate(valid, "--producer");
  if (sequence.has_value()) {
    parsed.by = Producer::By::kSequence;
    const absl::StatusOr<uint64_t> number = ParseCount(*sequence);
    if (!number.ok()) return Annotate(number.status(), "--sequence");
    parsed.sequence = *number;
  } else if (id.has_value()) {
    parsed.by = Producer::By::kId;
    parsed.id = *id;
    valid = Idempotence::Id(parsed.name, parsed.id).Validate();
    if (!valid.ok()) return Annotate(valid, "--idempotence-id");
  } else {
    parsed.by = by_content ? Producer::By::kContent : Producer::By::kField;
    parsed.field = field;
  }
  return parsed;
}

}  // namespace evlog::cli
