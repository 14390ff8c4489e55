#include "cli/last_entries.h"

#include <deque>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// How many commits from the end it looks at first, and how many times more each time after.
constexpr uint64_t kCommits = 1024;
constexpr uint64_t kGrowth = 8;

// A run of entries, and the place before it.
struct Run {
  Position begin;
  uint64_t entries;
};

// The place `entries` behind `begin`.
absl::StatusOr<Position> Skip(EventLog& log, const std::string& pattern, const Position& begin,
                              uint64_t entries, const std::stop_token& stop) {
  ReadRequest request;
  request.pattern = pattern;
  request.after = begin;
  request.until = Bound::End();
  request.limit = entries;
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  ChunkView view;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(more, cursor.Next(&view, absl::InfinitePast(), stop));
  }
  return cursor.position();
}

// The runs that hold the last `count` entries after `begin`, or all of them; `*entries`: how many
// these are.
absl::StatusOr<std::deque<Run>> LastRuns(EventLog& log, const std::string& pattern,
                                         const Position& begin, uint64_t count,
                                         const std::stop_token& stop, uint64_t* entries) {
  ReadRequest request;
  request.pattern = pattern;
  request.after = begin;
  request.until = Bound::End();
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  std::deque<Run> runs;
  *entries = 0;
  ChunkView view;
  for (;;) {
    // The cursor itself only looks at `stop` where it finds nothing.
    if (stop.stop_requested()) return absl::CancelledError("interrupted");
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&view, absl::InfinitePast(), stop));
    if (!more) return runs;
    runs.push_back({cursor.position(0), view.size()});
    *entries += view.size();
    while (*entries - runs.front().entries >= count) {
      *entries -= runs.front().entries;
      runs.pop_front();
    }
  }
}

}  // namespace

absl::StatusOr<Position> PositionBeforeLast(EventLog& log, const std::string& pattern,
                                            uint64_t count, const std::stop_token& stop) {
  ReadRequest newest;
  newest.pattern = pattern;
  newest.from = Bound::End();
  ASSIGN_OR_RETURN(const Cursor at_end, log.Read(newest));
  const Position end = at_end.position();
  for (uint64_t commits = kCommits;; commits *= kGrowth) {
    const bool all = commits >= end.commit;
    Position begin = end;
    begin.commit = all ? 0 : end.commit - commits;
    begin.inside = 0;
    uint64_t entries = 0;
    ASSIGN_OR_RETURN(const std::deque<Run> runs,
                     LastRuns(log, pattern, begin, count, stop, &entries));
    if (entries >= count && !runs.empty()) {
      if (entries == count) return runs.front().begin;
      return Skip(log, pattern, runs.front().begin, entries - count, stop);
    }
    if (all) return begin;
  }
}

}  // namespace evlog::cli
