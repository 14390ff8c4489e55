// What `evlog top` shows: pure functions of two snapshots.
#ifndef EVLOG_CLI_TOP_FRAME_H_
#define EVLOG_CLI_TOP_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cli/top/snapshot.h"

namespace evlog::cli {

// By what streams are sorted, the most first; groups are sorted by lag, or the same where they have
// it.
enum class TopSort : uint8_t { kAppends, kReads, kLag, kEntries, kSize, kName };

// nullopt: no such word. `appends`, `reads`, `lag`, `entries`, `size`, `name`.
std::optional<TopSort> ParseTopSort(std::string_view word);
std::string_view TopSortName(TopSort sort);
TopSort NextTopSort(TopSort sort);

struct TopStreamRow {
  TopStream now;
  std::optional<uint64_t> appended;  // since the snapshot before; nullopt: it was not there
  std::optional<uint64_t> read;      // by all of its groups
  uint64_t lag = 0;                  // of all of its groups
};

struct TopGroupRow {
  TopGroup now;
  std::optional<uint64_t> read;
};

struct TopFrame {
  absl::Time time;
  std::optional<absl::Duration> span;  // between the snapshots; nullopt: there was none before
  std::vector<TopStreamRow> streams;   // sorted
  std::vector<TopGroupRow> groups;     // sorted
  bool more_streams = false;
  uint64_t appended = 0, read = 0;  // since the snapshot before, of all streams
  uint64_t commits = 0;
  std::optional<TopLog> log;
  std::optional<TopServer> server;
  // What the server counted since the snapshot before.
  uint64_t commands = 0, errors = 0, input_bytes = 0, output_bytes = 0, slow_clients = 0;
};

// `before`: null: the first. What counts less than before was begun anew, and counts as a whole.
TopFrame CompareTop(const TopSnapshot* before, const TopSnapshot& now, TopSort sort);

struct TopView {
  std::string place;
  TopSort sort = TopSort::kAppends;
  size_t rows = SIZE_MAX;   // of each of the tables
  size_t width = SIZE_MAX;  // of a line, in characters
};

// Lines of text.
std::string TopText(const TopFrame& frame, const TopView& view);
// One JSON object, without a newline; docs/json-output.md is its contract.
void AppendTopJson(const TopFrame& frame, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TOP_FRAME_H_
