#include "log/collector.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/row_codec.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

constexpr double kRewriteFrom = 0.5;
// Rows looked at in a file that does not say what it holds.
constexpr uint64_t kSamples = 32;
constexpr size_t kStartsMax = 65536;

// Keys of `log` and `dir` begin with a number of 64 bits: the commit or the stream.
uint64_t Leading(const std::string& key) {
  return key.size() < sizeof(uint64_t) ? 0 : GetBig64(key.data());
}

bool Overlap(const TableFile& a, const TableFile& b) {
  return a.smallest <= b.largest && b.smallest <= a.largest;
}

bool Within(const TableFile& file, const KeyRange& range) {
  return range.begin <= file.smallest && file.largest < range.end;
}

}  // namespace

PartitionStart Collector::StartOf(PartitionId partition) {
  if (starts_.size() >= kStartsMax) starts_.clear();
  const auto [it, added] = starts_.try_emplace(partition);
  if (added) it->second = store_->StartOf(partition);
  return it->second;
}

double Collector::Sample(Family family, const TableFile& file) {
  const uint64_t first = Leading(file.smallest), last = Leading(file.largest);
  StoreIterator rows = store_->Scan(family, {file.smallest, file.largest + '\0'}, {.bulk = true});
  uint64_t seen = 0, dead = 0;
  std::string key(sizeof(uint64_t), '\0');
  for (uint64_t i = 0; i < kSamples; ++i) {
    PutBig64(key.data(), first + (last - first) / kSamples * i);
    rows.Seek(std::max(key, file.smallest));
    if (!rows.Valid()) break;
    const std::optional<RowExtent> row = ExtentOfRow(family, rows.key(), rows.value());
    if (!row) continue;
    ++seen;
    if (row->next_offset <= StartOf(row->partition).first_offset) ++dead;
  }
  return seen == 0 ? 0 : static_cast<double>(dead) / static_cast<double>(seen);
}

absl::StatusOr<std::vector<Collector::Judged>> Collector::Judge(Family family) {
  ASSIGN_OR_RETURN(std::vector<TableFile> files, store_->ListFiles(family));
  std::vector<Judged> judged;
  judged.reserve(files.size());
  for (TableFile& file : files) {
    Judged& result = judged.emplace_back();
    if (!file.census.known) {
      result.garbage = Sample(family, file);
    } else {
      double all = 0, dead = 0;
      result.dead = true;
      for (const CensusItem& item : file.census.items) {
        const uint64_t start = StartOf(item.partition).first_offset;
        const auto bytes = static_cast<double>(item.bytes);
        all += bytes;
        if (start >= item.next_offset) {
          dead += bytes;
          continue;
        }
        result.dead = false;
        if (start > item.base_offset) {
          dead += bytes * static_cast<double>(start - item.base_offset) /
                  static_cast<double>(item.next_offset - item.base_offset);
        }
      }
      result.garbage = all == 0 ? 0 : dead / all;
    }
    result.file = std::move(file);
  }
  return judged;
}

// A file of `log` whose rows are all dead may go by its keys, where nothing else has keys among
// them: rows come in the order of keys, so none will come there any more.
absl::Status Collector::DeleteDeadLog(const std::vector<Judged>& files) {
  std::vector<KeyRange> ranges;
  for (const Judged& candidate : files) {
    if (!candidate.dead || candidate.file.level == 0) continue;
    const bool alone = std::none_of(files.begin(), files.end(), [&](const Judged& other) {
      return other.file.name != candidate.file.name && Overlap(other.file, candidate.file);
    });
    if (alone) ranges.push_back({candidate.file.smallest, candidate.file.largest + '\0'});
  }
  return ranges.empty() ? absl::OkStatus() : store_->DeleteFiles(Family::kLog, ranges);
}

absl::StatusOr<KeyRange> Collector::DeadRange(PartitionId partition, PartitionStart start) const {
  if (start.dropped) return DirRange(partition.stream);
  KeyRange range = DirRange(partition);
  // In this order: what is appended after it has higher ids.
  ASSIGN_OR_RETURN(const PartitionState state, FindPartition(*store_, partition));
  EntryId end = state.tail.last_id.Successor();
  if (start.first_offset < state.tail.next_offset) {
    ASSIGN_OR_RETURN(const std::optional<DirEntry> row,
                     FindRow(*store_, partition, start.first_offset));
    if (!row) return KeyRange{range.begin, range.begin};  // not known: nothing
    end = row->first_id;
  }
  range.end = std::string(EncodeDirKey(partition, end).view());
  return range;
}

// In `dir` a partition goes on getting rows, with higher ids: so only the keys below the first
// living one are safe.
absl::Status Collector::DeleteDeadDirectory(const std::vector<Judged>& files) {
  std::set<PartitionId> partitions;
  std::set<StreamId> dropped;
  for (const Judged& candidate : files) {
    if (!candidate.dead || candidate.file.level == 0) continue;
    for (const CensusItem& item : candidate.file.census.items) {
      const bool gone = StartOf(item.partition).dropped;
      if (gone && !dropped.insert(item.partition.stream).second) continue;
      partitions.insert(item.partition);
    }
  }
  std::vector<KeyRange> ranges;
  for (const PartitionId partition : partitions) {
    ASSIGN_OR_RETURN(KeyRange range, DeadRange(partition, StartOf(partition)));
    const bool useful = std::any_of(files.begin(), files.end(), [&](const Judged& other) {
      return other.file.level != 0 && Within(other.file, range);
    });
    if (useful) ranges.push_back(std::move(range));
  }
  return ranges.empty() ? absl::OkStatus() : store_->DeleteFiles(Family::kDir, ranges);
}

absl::StatusOr<SpaceUse> Collector::Measure() {
  SpaceUse use;
  absl::flat_hash_set<std::string> names;
  for (size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    if (family == Family::kLog || family == Family::kDir) {
      ASSIGN_OR_RETURN(const std::vector<Judged> files, Judge(family));
      for (const Judged& judged : files) {
        use.bytes += judged.file.bytes;
        use.garbage_bytes +=
            static_cast<uint64_t>(judged.garbage * static_cast<double>(judged.file.bytes));
        names.insert(judged.file.name);
      }
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<TableFile> files, store_->ListFiles(family));
    for (const TableFile& file : files) {
      use.bytes += file.bytes;
      names.insert(file.name);
    }
  }
  store_->ForgetFiles(names);
  return use;
}

absl::StatusOr<SpaceUse> Collector::Run(uint64_t rewrite_bytes) {
  starts_.clear();
  ASSIGN_OR_RETURN(std::vector<Judged> log, Judge(Family::kLog));
  RETURN_IF_ERROR(DeleteDeadLog(log));
  ASSIGN_OR_RETURN(std::vector<Judged> dir, Judge(Family::kDir));
  RETURN_IF_ERROR(DeleteDeadDirectory(dir));
  for (const Family family : {Family::kDir, Family::kLog}) {
    ASSIGN_OR_RETURN(std::vector<Judged> files, Judge(family));
    std::sort(files.begin(), files.end(),
              [](const Judged& a, const Judged& b) { return a.garbage > b.garbage; });
    for (const Judged& judged : files) {
      if (judged.garbage < kRewriteFrom || judged.file.bytes > rewrite_bytes) continue;
      rewrite_bytes -= judged.file.bytes;
      RETURN_IF_ERROR(store_->Rewrite(family, judged.file));
    }
  }
  return Measure();
}

}  // namespace evlog
