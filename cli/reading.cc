#include "cli/reading.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/encode.h"
#include "cli/position.h"
#include "log/base/status.h"

namespace evlog::cli {

void ReadingOptions::AddTo(CLI::App* app) {
  app->add_option("STREAM", stream, "The stream to read")->required();
  app->add_option("--from", from, "Where to begin: begin, end, ID, o:OFFSET, -N, @TIME or @-15m")
      ->type_name("POS");
  app->add_option("--until", until, "Where to end, that place included: as --from, without -N")
      ->type_name("POS");
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

absl::StatusOr<ReadRequest> ReadingOptions::Request(absl::Time now) const {
  ReadRequest request;
  request.stream = stream;
  request.partition = partition;
  request.on_trimmed = OnTrimmed::kSkip;
  if (from.has_value()) {
    ASSIGN_OR_RETURN(request.from, ParsePosition(*from, PositionRole::kFrom, now));
  }
  if (until.has_value()) {
    ASSIGN_OR_RETURN(request.until, ParsePosition(*until, PositionRole::kUntil, now));
  }
  return request;
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

absl::StatusOr<EntryPrinter> EntryPrinter::Make(const ReadingOptions& options, uint64_t limit,
                                                Output* output) {
  ASSIGN_OR_RETURN(Filter filter, Filter::Make(options.where, options.grep, options.types));
  FormatOptions format = options.format;
  if (options.zero) format.terminator = '\0';
  ASSIGN_OR_RETURN(std::unique_ptr<const Formatter> formatter, MakeFormatter(format));
  return EntryPrinter(std::move(filter), std::move(formatter), limit, output);
}

absl::Status EntryPrinter::Print(const ChunkView& chunk) {
  for (const EntryView& entry : chunk) {
    if (done()) break;
    RETURN_IF_ERROR(PrintOne(entry));
  }
  return absl::OkStatus();
}

absl::Status EntryPrinter::PrintOne(const EntryView& entry) {
  if (!filter_.empty() && !filter_.Matches(entry)) return absl::OkStatus();
  formatter_->Append(entry, output_->buffer());
  ++printed_;
  return output_->FlushIfFull();
}

}  // namespace evlog::cli
