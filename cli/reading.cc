#include "cli/reading.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/encode.h"
#include "cli/last_entries.h"
#include "cli/position.h"
#include "log/base/status.h"

namespace evlog::cli {

void ReadingOptions::AddTo(CLI::App* app) {
  app->add_option("STREAM", stream, "The stream to read, or a pattern of names: 'order-*'")
      ->required();
  app->add_option("--from", from, "Where to begin: begin, end, ID, o:OFFSET, -N, @TIME or @-15m")
      ->type_name("POS");
  app->add_option("--until", until, "Where to end, that place included: as --from, without -N")
      ->type_name("POS");
  app->add_option("--after", after, "Of a pattern: begin after this `position` of an entry")
      ->type_name("POSITION");
  app->add_option("--partition", partition, "Only this partition, in the order of its offsets")
      ->type_name("P");
  app->add_option("--type", types, "Only entries whose field `type` is this; may repeat (or)")
      ->type_name("TYPE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_option("--where", where, "Only entries with this field and value; may repeat (and)")
      ->type_name("FIELD=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_option("--grep", grep,
                  "Only entries with a value that this extended regular expression finds")
      ->type_name("RE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_option("--format", format.format,
                  "text, json, raw, or a template: '{time} {key} {field:NAME}'")
      ->type_name("FORMAT");
  app->add_flag("-0", zero, "End each entry with a zero byte instead of a newline");
}

absl::StatusOr<Selection> ReadingOptions::Select(absl::Time now) const {
  Selection selection;
  selection.names = ParseStreamNames(stream);
  ReadRequest& request = selection.request;
  request.on_trimmed = OnTrimmed::kSkip;
  if (from.has_value()) {
    ASSIGN_OR_RETURN(request.from, ParsePosition(*from, PositionRole::kFrom, now));
  }
  if (until.has_value()) {
    ASSIGN_OR_RETURN(selection.until, ParsePosition(*until, PositionRole::kUntil, now));
  }
  if (selection.names.many) {
    RETURN_IF_ERROR(SelectMany(&selection));
    return selection;
  }
  if (after.has_value()) {
    return InvalidArgument("--after is for a pattern of names; of one stream give --from ID");
  }
  request.stream = selection.names.text;
  request.partition = partition;
  request.until = selection.until;
  return selection;
}

// The log knows places in commit order only; ids and times are judged entry by entry.
absl::Status ReadingOptions::SelectMany(Selection* selection) const {
  const std::string pattern = selection->names.Described();
  if (partition.has_value()) {
    return InvalidArgument("--partition is of one stream, not of {}", pattern);
  }
  if (from.has_value() && after.has_value()) {
    return InvalidArgument("--from and --after exclude each other");
  }
  ReadRequest& request = selection->request;
  const bool from_offset = request.from.kind() == Bound::Kind::kOffset;
  if (from_offset ||
      (selection->until.has_value() && selection->until->kind() == Bound::Kind::kOffset)) {
    return InvalidArgument("--{}: an offset is of one stream, not of {}",
                           from_offset ? "from " + *from : "until " + *until, pattern);
  }
  request.pattern = selection->names.text;
  if (after.has_value()) {
    const absl::StatusOr<Position> position = Position::Parse(*after);
    if (!position.ok()) {
      return InvalidArgument("--after {}: not a position; `position` of --format json is one",
                             Quoted(*after));
    }
    request.after = *position;
  }
  if (request.from.kind() == Bound::Kind::kId || request.from.kind() == Bound::Kind::kTime) {
    selection->range.first = request.from.id();
    request.from = Bound::Begin();
  }
  if (!selection->until.has_value()) return absl::OkStatus();
  const Bound& end = *selection->until;
  request.until = Bound::End();
  if (end.kind() == Bound::Kind::kBegin) request.limit = 0;
  if (end.kind() == Bound::Kind::kTime) selection->range.end = end.id();
  if (end.kind() == Bound::Kind::kId && end.id() != EntryId::Max()) {
    selection->range.end = end.id().Successor();
  }
  return absl::OkStatus();
}

absl::StatusOr<Cursor> OpenCursor(EventLog& log, const ReadRequest& request,
                                  const std::stop_token& stop) {
  if (!request.pattern.has_value() || request.from.kind() != Bound::Kind::kLast) {
    return log.Read(request);
  }
  ReadRequest last = request;
  last.from = Bound::Begin();
  ASSIGN_OR_RETURN(last.after,
                   PositionBeforeLast(log, *request.pattern, request.from.number(), stop));
  return log.Read(last);
}

void TellGap(const char* verb, const ChunkView& chunk, StatusLine* status) {
  if (chunk.gap() == 0) return;
  status->Say(
      fmt::format("evlog: {}: trimmed before they could be shown: {}", verb, Grouped(chunk.gap())));
}

EntryPrinter::EntryPrinter(Filter filter, std::unique_ptr<const Formatter> formatter,
                           uint64_t limit, Output* output)
    : filter_(std::move(filter)),
      formatter_(std::move(formatter)),
      limit_(limit),
      output_(output) {}

absl::StatusOr<EntryPrinter> EntryPrinter::Make(const ReadingOptions& options,
                                                const Selection& selection, uint64_t limit,
                                                Output* output) {
  ASSIGN_OR_RETURN(Filter filter, Filter::Make(options.where, options.grep, options.types));
  filter.Within(selection.range);
  FormatOptions format = options.format;
  if (options.zero) format.terminator = '\0';
  format.many = selection.names.many;
  ASSIGN_OR_RETURN(std::unique_ptr<const Formatter> formatter, MakeFormatter(format));
  return EntryPrinter(std::move(filter), std::move(formatter), limit, output);
}

absl::Status EntryPrinter::Print(const ChunkView& chunk, Origins origins) {
  for (const EntryView& entry : chunk) {
    if (done()) break;
    RETURN_IF_ERROR(PrintOne(entry, origins.Next()));
  }
  return absl::OkStatus();
}

absl::Status EntryPrinter::PrintOne(const EntryView& entry, const Origin& origin) {
  if (!filter_.empty() && !filter_.Matches(entry)) return absl::OkStatus();
  formatter_->Append(entry, origin, output_->buffer());
  ++printed_;
  return output_->FlushIfFull();
}

}  // namespace evlog::cli
