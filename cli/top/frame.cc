#include "cli/top/frame.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

namespace evlog::cli {
namespace {

constexpr std::array<std::string_view, 6> kSorts = {"appends", "reads", "lag",
                                                    "entries", "size",  "name"};

uint64_t Since(uint64_t before, uint64_t now) { return now >= before ? now - before : now; }

auto PlaceOfStream(const TopStream& stream) { return std::tie(stream.database, stream.name); }
auto StreamOfGroup(const TopGroup& group) { return std::tie(group.database, group.stream); }
auto PlaceOfGroup(const TopGroup& group) {
  return std::tie(group.database, group.stream, group.name);
}

// Finds in what is sorted by `key`. Null: it is not there.
template <typename T, typename Key, typename Sought>
const T* Find(const std::vector<T>& sorted, Key key, const Sought& sought) {
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), sought,
                       [&key](const T& item, const Sought& other) { return key(item) < other; });
  return found == sorted.end() || key(*found) != sought ? nullptr : &*found;
}

void AddGroups(const TopSnapshot* before, const TopSnapshot& now, TopFrame* frame) {
  for (const TopGroup& group : now.groups) {
    TopGroupRow& row = frame->groups.emplace_back();
    row.now = group;
    const TopGroup* const was =
        before == nullptr ? nullptr : Find(before->groups, PlaceOfGroup, PlaceOfGroup(group));
    if (was == nullptr || !was->read || !group.read) continue;
    row.read = Since(*was->read, *group.read);
    frame->read += *row.read;
  }
}

void AddStreams(const TopSnapshot* before, const TopSnapshot& now, TopFrame* frame) {
  auto group = frame->groups.begin();  // both are in the same order
  for (const TopStream& stream : now.streams) {
    TopStreamRow& row = frame->streams.emplace_back();
    row.now = stream;
    const TopStream* const was =
        before == nullptr ? nullptr : Find(before->streams, PlaceOfStream, PlaceOfStream(stream));
    if (was != nullptr) {
      row.appended = Since(was->appended, stream.appended);
      row.read = 0;
      frame->appended += *row.appended;
    }
    while (group != frame->groups.end() && StreamOfGroup(group->now) < PlaceOfStream(stream)) {
      ++group;
    }
    for (; group != frame->groups.end() && StreamOfGroup(group->now) == PlaceOfStream(stream);
         ++group) {
      row.lag += group->now.lag.value_or(0);
      if (row.read) *row.read += group->read.value_or(0);
    }
  }
}

uint64_t KeyOf(const TopStreamRow& row, TopSort sort) {
  switch (sort) {
    case TopSort::kAppends:
      return row.appended.value_or(0);
    case TopSort::kReads:
      return row.read.value_or(0);
    case TopSort::kLag:
      return row.lag;
    case TopSort::kEntries:
      return row.now.entries;
    case TopSort::kSize:
      return row.now.bytes.value_or(0);
    case TopSort::kName:
      break;
  }
  return 0;
}

uint64_t KeyOf(const TopGroupRow& row, TopSort sort) {
  if (sort == TopSort::kName) return 0;
  return sort == TopSort::kReads ? row.read.value_or(0) : row.now.lag.value_or(0);
}

// The most first; those that have as much stay by name.
template <typename Row>
void Sort(TopSort sort, std::vector<Row>* rows) {
  std::stable_sort(rows->begin(), rows->end(),
                   [sort](const Row& a, const Row& b) { return KeyOf(a, sort) > KeyOf(b, sort); });
}

void CompareServers(const TopServer& was, const TopServer& is, TopFrame* frame) {
  frame->commands = Since(was.commands, is.commands);
  frame->errors = Since(was.errors, is.errors);
  frame->input_bytes = Since(was.input_bytes, is.input_bytes);
  frame->output_bytes = Since(was.output_bytes, is.output_bytes);
  frame->slow_clients = Since(was.slow_clients.value_or(0), is.slow_clients.value_or(0));
}

}  // namespace

std::optional<TopSort> ParseTopSort(std::string_view word) {
  const auto found = std::find(kSorts.begin(), kSorts.end(), word);
  if (found == kSorts.end()) return std::nullopt;
  return static_cast<TopSort>(found - kSorts.begin());
}

std::string_view TopSortName(TopSort sort) { return kSorts[static_cast<size_t>(sort)]; }

TopSort NextTopSort(TopSort sort) {
  return static_cast<TopSort>((static_cast<size_t>(sort) + 1) % kSorts.size());
}

TopFrame CompareTop(const TopSnapshot* before, const TopSnapshot& now, TopSort sort) {
  TopFrame frame;
  frame.time = now.time;
  if (before != nullptr) frame.span = std::max(now.time - before->time, absl::ZeroDuration());
  frame.more_streams = now.more_streams;
  AddGroups(before, now, &frame);
  AddStreams(before, now, &frame);
  Sort(sort, &frame.streams);
  Sort(sort, &frame.groups);
  frame.log = now.log;
  frame.server = now.server;
  if (before != nullptr && before->log && now.log) {
    frame.commits = Since(before->log->written_commit, now.log->written_commit);
  }
  if (before != nullptr && before->server && now.server) {
    CompareServers(*before->server, *now.server, &frame);
  }
  return frame;
}

}  // namespace evlog::cli
