#include "log/store/wal_scan.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "log/base/status.h"
#include "log/store/commit_mark.h"
#include "log/store/manifest.h"
#include "log/store/rocksdb_status.h"
#include "log/store/wal_reader.h"

namespace evlog {
namespace {

// The least that a commit takes in the file: headers and mark.
constexpr uint64_t kCommitBytesMin = kWalHeaderBytes + kBatchHeadBytes;

struct WalFile {
  uint64_t number;
  std::string name;
};

// "000012.log" -> 12
std::optional<uint64_t> ParseWalName(std::string_view name) {
  constexpr std::string_view kSuffix = ".log";
  if (name.size() <= kSuffix.size() || name.size() > kSuffix.size() + 19) return std::nullopt;
  if (name.substr(name.size() - kSuffix.size()) != kSuffix) return std::nullopt;
  uint64_t number = 0;
  for (const char c : name.substr(0, name.size() - kSuffix.size())) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

absl::StatusOr<std::vector<WalFile>> ListWals(rocksdb::FileSystem& fs, const std::string& dir,
                                              uint64_t first_live) {
  std::vector<std::string> names;
  const rocksdb::IOStatus status = fs.GetChildren(dir, rocksdb::IOOptions(), &names, nullptr);
  const absl::Status listed = FromRocksDb(status);
  if (absl::IsNotFound(listed)) return std::vector<WalFile>{};
  RETURN_IF_ERROR(Annotate(listed, "cannot list " + dir));
  std::vector<WalFile> files;
  for (std::string& name : names) {
    const std::optional<uint64_t> number = ParseWalName(name);
    if (number.has_value() && *number >= first_live) files.push_back({*number, std::move(name)});
  }
  std::sort(files.begin(), files.end(),
            [](const WalFile& a, const WalFile& b) { return a.number < b.number; });
  return files;
}

// "commit 17", "commits 17..19"
std::string Commits(uint64_t first, uint64_t last) {
  return first == last ? fmt::format("commit {}", first)
                       : fmt::format("commits {}..{}", first, last);
}

// Goes through the events of all files in order. Up to the first damage it follows the commits;
// behind it, it looks for what proves that something was lost.
class Scanner {
 public:
  explicit Scanner(const std::optional<ManifestSummary>& manifest) : manifest_(manifest) {}

  absl::Status ScanFile(rocksdb::FileSystem& fs, const std::string& dir, const std::string& name);
  WalScan Finish() &&;

 private:
  struct Place {
    size_t file = 0;  // in files_
    uint64_t offset = 0;
  };
  struct File {
    std::string name;
    uint64_t size = 0;
  };

  size_t file() const { return files_.size() - 1; }
  void OnRecord(const WalEvent& event);
  void OnMark(const WalEvent& event, const CommitMark& mark);
  void OnMarkBehind(const WalEvent& event, const CommitMark& mark);
  // All from there on does not count, nor zeros at the end of the files before. `end`: where good
  // records begin again, when that is known.
  void Break(Place place, std::optional<uint64_t> end, std::string reason);
  void BreakAtRecord(const WalEvent& event, std::string reason);
  // Before the record something is missing.
  void BreakByGap(const WalEvent& event, std::string reason);
  // Rows of commits that would be dropped are in tables. RocksDB had synced the log before.
  bool TablesAreAhead() const;
  bool IsLost() const;
  std::string DescribeLoss() const;

  const std::optional<ManifestSummary> manifest_;
  WalScan scan_;
  std::vector<File> files_;     // the last one is being read
  uint64_t next_sequence_ = 0;  // RocksDB's
  std::optional<Place> zeros_;  // behind the last good record, up to the end of their file

  // The first damage, and what lies behind it.
  std::optional<Place> break_;
  std::optional<uint64_t> break_end_;
  Place damage_;             // where it was noticed
  bool by_gap_ = false;      // all bytes are records, but some are missing
  bool impossible_ = false;  // no crash leaves this
  std::optional<uint64_t>
      next_behind_;               // the lowest commit number that the first mark allows there
  uint64_t last_behind_ = 0;      // the highest commit there
  uint64_t sequence_behind_ = 0;  // RocksDB's, of the first record there
  CommitMark proof_;              // the mark there with the highest synced_through
};

absl::Status Scanner::ScanFile(rocksdb::FileSystem& fs, const std::string& dir,
                               const std::string& name) {
  const std::string path = dir + "/" + name;
  std::unique_ptr<rocksdb::FSSequentialFile> source;
  const rocksdb::IOStatus status =
      fs.NewSequentialFile(path, rocksdb::FileOptions(), &source, nullptr);
  if (!status.ok()) return Annotate(FromRocksDb(status), "cannot read " + path);
  WalReader reader(std::move(source), kBatchHeadBytes);
  files_.push_back({name});
  while (true) {
    absl::StatusOr<WalEvent> event = reader.Next();
    if (!event.ok()) return Annotate(event.status(), path);
    switch (event->kind) {
      case WalEvent::Kind::kRecord:
        OnRecord(*event);
        break;
      case WalEvent::Kind::kDamage:
        Break({file(), event->offset}, std::nullopt, std::move(event->problem));
        break;
      case WalEvent::Kind::kZeroTail:
        if (!zeros_.has_value()) zeros_ = Place{file(), event->offset};
        break;
      case WalEvent::Kind::kEnd:
        files_.back().size = event->offset;
        return absl::OkStatus();
    }
  }
}

void Scanner::OnRecord(const WalEvent& event) {
  ++scan_.records;
  if (break_.has_value() && break_->file == file() && !break_end_.has_value()) {
    break_end_ = event.offset;
  }
  const std::optional<BatchHead> head = DecodeBatchHead(event.head);
  if (!head.has_value()) return BreakAtRecord(event, "the record is too short for a write");
  // A batch without rows takes no sequence, so RocksDB may repeat one.
  if (head->count > 0 && head->sequence < next_sequence_) {
    return BreakAtRecord(event, fmt::format("RocksDB's sequence goes back from {} to {}",
                                            next_sequence_, head->sequence));
  }
  if (next_sequence_ == 0 && manifest_.has_value() &&
      head->sequence > manifest_->flushed_sequence + 1) {
    BreakByGap(event, fmt::format("RocksDB's sequence begins with {}, but the tables end with {}",
                                  head->sequence, manifest_->flushed_sequence));
  }
  if (break_.has_value() && sequence_behind_ == 0) sequence_behind_ = head->sequence;
  if (head->malformed_mark && !break_.has_value()) {
    impossible_ = true;
    BreakAtRecord(event, "the mark of the commit is malformed");
  } else if (!head->mark.has_value()) {
    ++scan_.foreign_records;
  } else if (break_.has_value()) {
    OnMarkBehind(event, *head->mark);
  } else {
    OnMark(event, *head->mark);
  }
  if (!break_.has_value()) {
    next_sequence_ = head->sequence + head->count;
    zeros_.reset();
  }
}

void Scanner::OnMark(const WalEvent& event, const CommitMark& mark) {
  const bool is_commit = mark.kind == MarkKind::kCommit;
  if (scan_.last_commit.has_value()) {
    const uint64_t expected = *scan_.last_commit + (is_commit ? 1 : 0);
    if (mark.commit < expected) {
      impossible_ = true;
      return BreakAtRecord(
          event, fmt::format("commit {} follows commit {}", mark.commit, *scan_.last_commit));
    }
    if (mark.commit > expected) {
      BreakByGap(event, fmt::format("{} {} follows commit {}",
                                    is_commit ? "commit" : "the mark after commit", mark.commit,
                                    *scan_.last_commit));
      return OnMarkBehind(event, mark);
    }
  }
  if (is_commit && !scan_.first_commit.has_value()) scan_.first_commit = mark.commit;
  scan_.last_commit = mark.commit;
  scan_.synced_through = std::max(scan_.synced_through, mark.synced_through);
}

void Scanner::OnMarkBehind(const WalEvent& event, const CommitMark& mark) {
  const bool is_commit = mark.kind == MarkKind::kCommit;
  // What the search found within a damaged record may be bytes of a user: a log that holds a log.
  // Numbers that cannot stand there give it away.
  if (scan_.last_commit.has_value()) {
    if (mark.commit < *scan_.last_commit + (is_commit ? 1 : 0)) return;
    const bool follows_damage = damage_.file == file() && event.offset > damage_.offset;
    if (follows_damage && !by_gap_) {
      const uint64_t fit = (event.offset - damage_.offset) / kCommitBytesMin;
      if (mark.commit > *scan_.last_commit + fit + 1) return;
    }
  }
  if (is_commit) ++scan_.torn->commits_dropped;
  if (!next_behind_.has_value()) next_behind_ = mark.commit + (is_commit ? 0 : 1);
  last_behind_ = std::max(last_behind_, mark.commit);
  if (mark.synced_through > proof_.synced_through) proof_ = mark;
  scan_.synced_through = std::max(scan_.synced_through, mark.synced_through);
}

void Scanner::Break(Place place, std::optional<uint64_t> end, std::string reason) {
  if (break_.has_value()) return;
  damage_ = place;
  // RocksDB passes over zeros, but not over fewer of them than a header has; and they explain what
  // is missing.
  if (zeros_.has_value() && zeros_->file != place.file) {
    reason = fmt::format("zeros up to the end of the file, and in {} {}", files_[place.file].name,
                         reason);
    place = *zeros_;
    end = std::nullopt;
  }
  break_ = place;
  break_end_ = end;
  scan_.torn.emplace();
  scan_.torn->file = files_[place.file].name;
  scan_.torn->offset = place.offset;
  scan_.torn->reason = std::move(reason);
}

void Scanner::BreakAtRecord(const WalEvent& event, std::string reason) {
  Break({file(), event.offset}, event.offset, std::move(reason));
}

void Scanner::BreakByGap(const WalEvent& event, std::string reason) {
  if (break_.has_value()) return;
  by_gap_ = true;
  BreakAtRecord(event, std::move(reason));
}

bool Scanner::TablesAreAhead() const {
  if (!manifest_.has_value()) return false;
  const uint64_t first_dropped = next_sequence_ > 0 ? next_sequence_ : sequence_behind_;
  return first_dropped > 0 && first_dropped <= manifest_->flushed_sequence;
}

bool Scanner::IsLost() const {
  if (impossible_ || TablesAreAhead()) return true;
  if (scan_.last_commit.has_value()) return scan_.synced_through > *scan_.last_commit;
  // No commit stands before the damage, but the one before the first that stands behind it did
  // exist.
  return next_behind_.has_value() && scan_.synced_through > 0 &&
         scan_.synced_through + 1 >= *next_behind_;
}

std::string Scanner::DescribeLoss() const {
  const TornTail& torn = *scan_.torn;
  std::string text =
      fmt::format("the write-ahead log is damaged: {}, byte {}", torn.file, torn.offset);
  const uint64_t end = break_end_.value_or(files_[break_->file].size);
  if (end > torn.offset) text += fmt::format(" to {}", end);
  text += ": " + torn.reason;
  if (next_behind_.has_value()) {
    if (!scan_.last_commit.has_value()) {
      text += fmt::format("; commit {} is missing, or more before it", *next_behind_ - 1);
    } else if (*next_behind_ > *scan_.last_commit + 1) {
      text += fmt::format("; missing: {}", Commits(*scan_.last_commit + 1, *next_behind_ - 1));
    }
    if (last_behind_ >= *next_behind_) {
      text += fmt::format("; behind it, so not to be replayed: {}",
                          Commits(*next_behind_, last_behind_));
    }
  }
  if (TablesAreAhead()) return text + "; but rows behind it are in tables, so it had been on disk";
  if (impossible_) return text;
  return text + fmt::format("; but {} {} says that {} was on disk",
                            proof_.kind == MarkKind::kCommit ? "commit" : "the mark after commit",
                            proof_.commit, proof_.synced_through);
}

WalScan Scanner::Finish() && {
  scan_.files = files_.size();
  if (manifest_.has_value()) scan_.flushed_sequence = manifest_->flushed_sequence;
  for (const File& file : files_) scan_.bytes += file.size;
  if (zeros_.has_value()) Break(*zeros_, std::nullopt, "zeros up to the end of the file");
  if (!break_.has_value()) return std::move(scan_);
  TornTail& torn = *scan_.torn;
  torn.size = files_[break_->file].size;
  torn.bytes_dropped = torn.size - break_->offset;
  for (size_t i = break_->file + 1; i < files_.size(); ++i) {
    torn.bytes_dropped += files_[i].size;
    if (files_[i].size > 0) torn.files_after.push_back({files_[i].name, files_[i].size});
  }
  if (IsLost()) scan_.lost = DescribeLoss();
  return std::move(scan_);
}

// RocksDB's MANIFEST that was cut between two edits looks like an older one.
absl::Status DoubtManifest(rocksdb::FileSystem& fs, const std::string& dir,
                           const ManifestTables& tables, WalScan* scan) {
  std::vector<std::string> children;
  RETURN_IF_ERROR(FromRocksDb(fs.GetChildren(dir, rocksdb::IOOptions(), &children, nullptr)));
  std::set<std::string> unnamed;
  std::string manifest = "the MANIFEST";
  for (const std::string& child : children) {
    if (child.starts_with("MANIFEST-")) manifest = child;
    if (child.ends_with(".sst")) unnamed.insert(child);
  }
  for (const auto& [number, bytes] : tables) unnamed.erase(fmt::format("{:06}.sst", number));
  if (unnamed.empty()) return absl::OkStatus();
  scan->manifest_in_doubt = true;
  *scan->lost += fmt::format("; or {} has lost its end: it does not name {}, which is there",
                             manifest, *unnamed.rbegin());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WalScan> ExamineWal(rocksdb::FileSystem& fs, const std::string& dir) {
  ManifestTables tables;
  ASSIGN_OR_RETURN(const std::optional<ManifestSummary> manifest, ReadManifest(fs, dir, &tables));
  const uint64_t first_live = manifest.has_value() ? manifest->first_live_wal : 0;
  ASSIGN_OR_RETURN(const std::vector<WalFile> files, ListWals(fs, dir, first_live));
  Scanner scanner(manifest);
  for (const WalFile& file : files) RETURN_IF_ERROR(scanner.ScanFile(fs, dir, file.name));
  WalScan scan = std::move(scanner).Finish();
  ASSIGN_OR_RETURN(scan.bad_table, CheckTables(fs, dir, tables));
  if (scan.lost) RETURN_IF_ERROR(DoubtManifest(fs, dir, tables, &scan));
  return scan;
}

absl::StatusOr<WalScan> ScanWal(rocksdb::FileSystem& fs, const std::string& dir) {
  ASSIGN_OR_RETURN(WalScan scan, ExamineWal(fs, dir));
  if (scan.lost.has_value()) return DataLoss("{}: {}", dir, *scan.lost);
  return scan;
}

}  // namespace evlog
