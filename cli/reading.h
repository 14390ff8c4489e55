// What the verbs that read share: their options, and the way from a cursor to stdout.
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
#include "cli/stream_names.h"
#include "cli/target/entry_source.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// For the footer of a verb with --from and --until.
inline constexpr char kPositionsHelp[] =
    "POS: begin; end; an id such as 1763640000000-3 (1763640000000 is the whole millisecond);\n"
    "o:1200, an offset; -20, the last 20 entries; @2026-11-20T10:00:00Z; @-15m, so long ago.\n\n"
    "A pattern (* ? [a-z] [^x]) stands for all streams whose names match, later ones included, in\n"
    "the order of commits. It has no offsets and no partitions; --after goes on behind the\n"
    "`position` of an entry. \\ escapes: 'a\\*b' is the one stream a*b.\n\n";

// What a command line asks for.
struct Selection {
  StreamNames names;
  // For OpenCursor.
  ReadRequest request;
  // As --until says; of a pattern, `request` knows only whether there is an end.
  std::optional<Bound> until;
  // What else of a pattern is to be left out.
  IdRange range;
};

// The options of all verbs that read, as text where the text must be judged later.
struct ReadingOptions {
  std::string stream;
  std::optional<std::string> from;
  std::optional<std::string> until;
  std::optional<std::string> after;
  std::optional<uint64_t> count;
  std::optional<uint16_t> partition;
  std::vector<std::string> where;
  std::vector<std::string> grep;
  std::vector<std::string> types;
  FormatOptions format;
  bool zero = false;  // -0

  // All but -n, whose meaning differs.
  void AddTo(CLI::App* app);

  // What stream, partition, from, until and after describe; trimmed entries are skipped (TellGap).
  // Errors: ParsePosition; INVALID_ARGUMENT naming what does not go together.
  absl::StatusOr<Selection> Select(absl::Time now) const;

  // Whether something says where to begin.
  bool begins() const { return from.has_value() || after.has_value(); }

 private:
  absl::Status SelectMany(Selection* selection) const;
};

// Begins to read. The last n entries of a pattern are looked for from the end of the log backwards,
// as far as that takes. Errors: EventLog::Read, Cursor::Next; CANCELLED.
absl::StatusOr<Cursor> OpenCursor(EventLog& log, const ReadRequest& request,
                                  const std::stop_token& stop);

// Says of the entries of a source's last view, one after the other, where they were found.
class Origins {
 public:
  explicit Origins(const EntrySource& source) : source_(source) {}
  Origin Next() { return source_.OriginAfter(++entries_); }

 private:
  const EntrySource& source_;
  uint32_t entries_ = 0;
};

// Tells of entries that were trimmed before they could be shown: those before this chunk.
void TellGap(const char* verb, const ChunkView& chunk, StatusLine* status);

// Writes the entries that pass the filter, until there were enough or nobody reads any more.
class EntryPrinter {
 public:
  // `limit`: how many entries to print at most. Errors: Filter::Make, MakeFormatter.
  static absl::StatusOr<EntryPrinter> Make(const ReadingOptions& options,
                                           const Selection& selection, uint64_t limit,
                                           Output* output);

  // Errors: Output::Flush.
  absl::Status Print(const ChunkView& chunk, Origins origins);
  absl::Status PrintOne(const EntryView& entry, const Origin& origin);
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
