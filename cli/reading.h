// What `read` and `tail` share: their options, and the way from a cursor to stdout.
#ifndef EVLOG_CLI_READING_H_
#define EVLOG_CLI_READING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// For the footer of a verb with --from and --until.
inline constexpr char kPositionsHelp[] =
    "POS: begin; end; an id such as 1763640000000-3 (1763640000000 is the whole millisecond);\n"
    "o:1200, an offset; -20, the last 20 entries; @2026-11-20T10:00:00Z; @-15m, so long ago.\n\n";

// The options of all verbs that read, as text where the text must be judged later.
struct ReadingOptions {
  std::string stream;
  std::optional<std::string> from;
  std::optional<std::string> until;
  std::optional<uint64_t> count;
  std::optional<uint16_t> partition;
  std::vector<std::string> where;
  std::vector<std::string> grep;
  std::vector<std::string> types;
  FormatOptions format;
  bool zero = false;  // -0

  // All but -n, whose meaning differs.
  void AddTo(CLI::App* app);

  // The request that stream, partition, from and until describe; it skips what was trimmed
  // (TellGap). Errors: ParsePosition.
  absl::StatusOr<ReadRequest> Request(absl::Time now) const;
};

// Tells of entries that were trimmed before they could be shown: those before this chunk.
void TellGap(const char* verb, const ChunkView& chunk, StatusLine* status);

// Writes the entries that pass the filter, until there were enough or nobody reads any more.
class EntryPrinter {
 public:
  // `limit`: how many entries to print at most. Errors: Filter::Make, MakeFormatter.
  static absl::StatusOr<EntryPrinter> Make(const ReadingOptions& options, uint64_t limit,
                                           Output* output);

  // Errors: Output::Flush.
  absl::Status Print(const ChunkView& chunk);
  absl::Status PrintOne(const EntryView& entry);
  // Whether every entry passes.
  bool all() const { return filter_.empty(); }
  absl::Status Flush() { return output_->Flush(); }

  bool done() const { return printed_ >= limit_ || output_->closed(); }
  uint64_t printed() const { return printed_; }

 private:
  EntryPrinter(Filter filter, std::unique_ptr<const Formatter> formatter, uint64_t limit,
               Output* output);

  Filter filter_;
  std::unique_ptr<const Formatter> formatter_;
  uint64_t limit_;
  Output* output_;
  uint64_t printed_ = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_READING_H_
