#include "log/commit_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "log/base/status.h"

namespace evlog {

namespace {

// Windows begin small, for the reader that keeps up, and double up to what a long replay wants.
constexpr size_t kWindowBytesMin = size_t{64} << 10;
constexpr size_t kWindowBytesMax = size_t{1} << 20;
// A window of at least this many bytes is part of a long scan.
constexpr size_t kBulkBytes = size_t{256} << 10;
// Rows of streams that do not match, looked at for one window.
constexpr size_t kSkippedBytesMax = size_t{8} << 20;
constexpr size_t kSkippedRowsMax = 16384;
constexpr size_t kKnownStreamsMax = 4096;
constexpr uint64_t kUnknown = UINT64_MAX;
constexpr int kLooksMax = 5;

std::string Where(const StreamState& stream, const RowExtent& extent) {
  return fmt::format("stream {}, partition {}, offset {}", Quoted(stream.name()),
                     extent.partition.partition, extent.base_offset);
}

absl::Status CheckRequest(const ReadRequest& request) {
  const auto refuse = [](const char* what) { return InvalidArgument("with a pattern, {}", what); };
  if (!request.stream.empty()) return refuse("`stream` cannot be set");
  if (request.partition) return refuse("`partition` cannot be set");
  if (request.direction != Direction::kForward) return refuse("`direction` can only be forward");
  const Bound::Kind from = request.from.kind();
  if (from != Bound::Kind::kBegin && (from != Bound::Kind::kEnd || request.after)) {
    return refuse("`from` can only be the beginning, or without `after` the end");
  }
  if (request.until && request.until->kind() != Bound::Kind::kEnd) {
    return refuse("`until` can only be the end");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> LastLoggedCommit(const Store& store) {
  StoreIterator rows = store.ScanAll(Family::kLog);
  rows.SeekToLast();
  RETURN_IF_ERROR(rows.status());
  if (!rows.Valid()) return 0;
  ASSIGN_OR_RETURN(const LogLocation last, DecodeLogKey(rows.key()));
  return last.commit;
}

absl::StatusOr<std::unique_ptr<CommitReader>> CommitReader::Make(CommitReaderContext context,
                                                                 const ReadRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  std::unique_ptr<CommitReader> reader(new CommitReader(std::move(context), request));
  RETURN_IF_ERROR(reader->Start(request));
  return reader;
}

absl::Status CommitReader::Start(const ReadRequest& request) {
  uint64_t written = UINT64_MAX, visible = UINT64_MAX;
  if (context_.committer != nullptr) {
    const Committer::Shown shown = context_.committer->ShownByNow();
    written = shown.commit;
    visible = context_.committer->VisibleCommit(shown);
  } else if (until_set_ || request.from.kind() == Bound::Kind::kEnd) {
    ASSIGN_OR_RETURN(visible, LastLoggedCommit(*context_.store));
  }
  if (until_set_) until_commit_ = visible;
  if (request.from.kind() == Bound::Kind::kEnd) next_.row.commit = visible + 1;
  if (!request.after || *request.after == Position()) return absl::OkStatus();
  const Position& after = *request.after;
  if (after.log_id != context_.store->log_id()) {
    return InvalidArgument("`after` is a position of another log: {}", after.ToString());
  }
  if (after.commit > written) {
    return Error(absl::StatusCode::kOutOfRange,
                 "`after` is {}, but the log ends with commit {}: it has lost what was there",
                 after.ToString(), written);
  }
  next_ = {{after.commit + 1, static_cast<uint32_t>(after.inside >> 32)},
           static_cast<uint32_t>(after.inside)};
  return absl::OkStatus();
}

Position CommitReader::position(uint32_t entries) const {
  Place place = next_;
  if (entries < handed_count_) place = {handed_.row, handed_.entry + entries};
  return {context_.store->log_id(), place.row.commit - (place.row.commit == 0 ? 0 : 1),
          uint64_t{place.row.slot} << 32 | place.entry};
}

absl::StatusOr<bool> CommitReader::Next(ChunkView* view, absl::Time deadline,
                                        const std::stop_token& stop) {
  int looks = 0;
  for (;;) {
    const absl::StatusOr<bool> found = NextVisible(view, stop);
    if (absl::IsDataLoss(found.status()) && context_.look_again && looks < kLooksMax) {
      ++looks;
      RETURN_IF_ERROR(context_.look_again());
      continue;
    }
    if (!found.ok() || *found) return found;
    handed_count_ = 0;  // what it looked through counts from now on
    if (ended_ || until_set_) return false;
    ASSIGN_OR_RETURN(const bool more, Await(deadline, stop));
    if (!more) return false;
  }
}

absl::StatusOr<bool> CommitReader::Await(absl::Time deadline, const std::stop_token& stop) {
  if (stop.stop_requested()) return absl::CancelledError("a stop was requested");
  if (deadline == absl::InfinitePast()) return false;
  bool more;
  if (context_.poll) {
    ASSIGN_OR_RETURN(more, context_.poll([this] { return Fill(); }, deadline, stop));
  } else {
    if (seen_.ended) return absl::FailedPreconditionError("the log is closed");
    more = context_.committer->AwaitShown(seen_, deadline, stop);
  }
  if (!more && stop.stop_requested()) return absl::CancelledError("a stop was requested");
  return more;
}

absl::StatusOr<bool> CommitReader::NextVisible(ChunkView* view, const std::stop_token& stop) {
  if (left_ == 0) ended_ = true;
  while (!ended_) {
    if (context_.version() != version_) window_.clear();  // names may be others now
    if (window_.empty()) {
      ASSIGN_OR_RETURN(const bool more, Load());
      if (!more) {
        ended_ = until_set_;
        return false;
      }
      if (window_.empty() && stop.stop_requested()) {
        return absl::CancelledError("a stop was requested");
      }
      continue;
    }
    ASSIGN_OR_RETURN(const bool handed, Hand(view));
    if (handed) return true;
  }
  return false;
}

absl::StatusOr<bool> CommitReader::Load() {
  return context_.hold ? context_.hold([this] { return Fill(); }) : Fill();
}

// Looks on: true when it came forward, perhaps only over rows of other streams.
absl::StatusOr<bool> CommitReader::Fill() {
  window_.clear();
  const uint64_t version = context_.version();
  if (version != version_ || known_.size() > kKnownStreamsMax) known_.clear();
  version_ = version;
  window_bytes_ = std::clamp(window_bytes_ * 2, kWindowBytesMin, kWindowBytesMax);
  if (context_.committer != nullptr) seen_ = context_.committer->shown();
  std::vector<Slot> slots;
  ASSIGN_OR_RETURN(const bool at_end, Scan(&slots));
  bool stopped = false;
  RETURN_IF_ERROR(Judge(&slots, &stopped));
  RETURN_IF_ERROR(Fetch(&slots));
  for (Slot& slot : slots) window_.push_back(std::move(slot));
  if (!window_.empty()) return true;
  if (next_.row < after_window_) next_ = {after_window_, 0};
  if (at_end || stopped) window_bytes_ = 0;  // caught up: what comes next comes in small portions
  return !at_end && !stopped;
}

// Reads rows that may be of interest, and chunks where they stand in `log`. Asks nobody: that would
// lock the store a second time. True: there are no more rows.
absl::StatusOr<bool> CommitReader::Scan(std::vector<Slot>* slots) {
  const uint64_t end = until_commit_ == UINT64_MAX ? UINT64_MAX : until_commit_ + 1;
  after_window_ = {std::max(next_.row.commit, std::min(seen_.commit + 1, end)), 0};
  if (next_.row >= LogLocation{end, 0}) {
    after_window_ = next_.row;
    return true;
  }
  if (after_window_.commit == next_.row.commit) after_window_ = next_.row;
  StoreIterator rows = context_.store->Scan(
      Family::kLog,
      {std::string(EncodeLogKey(next_.row).view()), std::string(EncodeLogKey({end, 0}).view())},
      {.bulk = window_bytes_ >= kBulkBytes});
  size_t bytes = 0, skipped_bytes = 0, skipped = 0;
  uint64_t last_commit = 0;
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(const LogLocation row, DecodeLogKey(rows.key()));
    if (bytes >= window_bytes_ || skipped_bytes >= kSkippedBytesMax || skipped >= kSkippedRowsMax) {
      after_window_ = row.commit == last_commit ? row : LogLocation{last_commit + 1, 0};
      return false;
    }
    last_commit = row.commit;
    const std::optional<RowExtent> extent = ExtentOfRow(Family::kLog, rows.key(), rows.value());
    if (!extent) return DataLoss("commit {} slot {} of the log is malformed", row.commit, row.slot);
    const auto known = known_.find(extent->partition.stream);
    if (known != known_.end() && known->second.stream == nullptr) {
      skipped_bytes += rows.value().size();
      ++skipped;
      continue;
    }
    Slot slot{row, *extent, {}, {}, false, nullptr};
    ASSIGN_OR_RETURN(const RowKind kind, KindOf(rows.value()));
    if (kind == RowKind::kChunk) {
      absl::StatusOr<ChunkRef> chunk = Chunk::Decode(rows.value());
      if (!chunk.ok()) {
        return Annotate(chunk.status(), fmt::format("commit {} slot {}", row.commit, row.slot));
      }
      slot.chunk = *std::move(chunk);
      bytes += slot.chunk->bytes().size();
    } else {
      RETURN_IF_ERROR(DecodeDirReference(rows.value(), &slot.reference));
      bytes += kInlineBytesMax;
    }
    slots->push_back(std::move(slot));
  }
  RETURN_IF_ERROR(rows.status());
  if (last_commit != 0) after_window_ = {std::max(after_window_.commit, last_commit + 1), 0};
  return true;
}

// Keeps the rows of streams that match, up to the first one that is not shown yet.
absl::Status CommitReader::Judge(std::vector<Slot>* slots, bool* stopped) {
  size_t kept = 0;
  for (size_t i = 0; i < slots->size(); ++i) {
    Slot& slot = (*slots)[i];
    const auto [known, added] = known_.try_emplace(slot.extent.partition.stream);
    if (added) {
      absl::StatusOr<std::shared_ptr<StreamState>> stream =
          context_.resolve(slot.extent.partition.stream);
      if (!stream.ok()) {
        known_.erase(known);
        return stream.status();
      }
      known->second.stream = *std::move(stream);
    }
    slot.stream = known->second.stream;
    // Entries of a copy were told once, in the stream that was copied.
    if (slot.stream == nullptr || slot.row.commit <= slot.stream->copied_through()) continue;
    const uint16_t partition = slot.extent.partition.partition;
    if (partition >= slot.stream->partitions()) {
      return DataLoss("commit {} slot {} of the log is of partition {} of stream {}, which has {}",
                      slot.row.commit, slot.row.slot, partition, Quoted(slot.stream->name()),
                      slot.stream->partitions());
    }
    const StreamState::Extent extent = slot.stream->Look(partition);
    slot.gone = slot.stream->dropped() || slot.extent.next_offset <= extent.head.first_offset;
    if (!slot.gone && slot.extent.next_offset > extent.next_offset) {
      after_window_ = slot.row;
      *stopped = true;
      break;
    }
    if (kept != i) (*slots)[kept] = std::move(slot);
    ++kept;
  }
  slots->resize(kept);
  return absl::OkStatus();
}

// Finds the chunks that stand in `dir`: in the tail of their streams, or there, in its order.
absl::Status CommitReader::Fetch(std::vector<Slot>* slots) {
  std::vector<Slot*> wanted;
  std::vector<ChunkRef> cached;
  for (Slot& slot : *slots) {
    if (slot.gone || slot.chunk) continue;
    cached.clear();
    if (slot.stream->TailChunks(slot.extent.partition.partition, slot.extent.base_offset, false, 1,
                                &cached) &&
        !cached.empty()) {
      slot.chunk = std::move(cached.front());
    } else {
      wanted.push_back(&slot);
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Slot* a, const Slot* b) {
    return std::tie(a->extent.partition, a->extent.base_offset) <
           std::tie(b->extent.partition, b->extent.base_offset);
  });
  RETURN_IF_ERROR(wanted.empty() ? absl::OkStatus() : FetchInline(wanted));
  for (const Slot& slot : *slots) {
    if (!slot.chunk) continue;
    const ChunkHeader& header = slot.chunk->header();
    if (header.partition != slot.extent.partition ||
        header.base_offset != slot.extent.base_offset ||
        header.next_offset() != slot.extent.next_offset) {
      return DataLoss("{}: commit {} slot {} of the log refers to something else",
                      Where(*slot.stream, slot.extent), slot.row.commit, slot.row.slot);
    }
  }
  return absl::OkStatus();
}

absl::Status CommitReader::FetchInline(const std::vector<Slot*>& wanted) {
  const DirKey last =
      EncodeDirKey(wanted.back()->extent.partition, wanted.back()->reference.first_id.Successor());
  StoreIterator rows =
      context_.store->Scan(Family::kDir,
                           {std::string(EncodeDirKey(wanted.front()->extent.partition,
                                                     wanted.front()->reference.first_id)
                                            .view()),
                            std::string(last.view())},
                           {.bulk = window_bytes_ >= kBulkBytes});
  const Slot* before = nullptr;
  for (Slot* slot : wanted) {
    const DirKey key = EncodeDirKey(slot->extent.partition, slot->reference.first_id);
    // Most often what is wanted of a partition stands side by side.
    const bool near = before != nullptr && before->extent.partition == slot->extent.partition;
    if (near && rows.Valid()) rows.Next();
    if (!near || !rows.Valid() || rows.key() != key.view()) rows.Seek(key.view());
    before = slot;
    if (!rows.Valid() || rows.key() != key.view()) {
      RETURN_IF_ERROR(rows.status());
      // Since it was judged, a trim or a drop may have become true.
      slot->gone = slot->stream->dropped() ||
                   slot->extent.next_offset <=
                       slot->stream->Head(slot->extent.partition.partition).first_offset;
      if (slot->gone) continue;
      return DataLoss("{}: the directory has no row for it", Where(*slot->stream, slot->extent));
    }
    absl::StatusOr<ChunkRef> chunk = Chunk::Decode(rows.value());
    if (!chunk.ok()) return Annotate(chunk.status(), Where(*slot->stream, slot->extent));
    slot->chunk = *std::move(chunk);
  }
  return absl::OkStatus();
}

// Rows of one partition follow each other without a gap, but for what was trimmed.
absl::Status CommitReader::CheckNext(const Slot& slot) {
  const auto known = known_.find(slot.extent.partition.stream);
  if (known == known_.end() || known->second.next_offsets.empty()) return absl::OkStatus();
  const uint16_t partition = slot.extent.partition.partition;
  const uint64_t expected = known->second.next_offsets[partition];
  if (expected == kUnknown || expected == slot.extent.base_offset) return absl::OkStatus();
  const uint64_t head = slot.stream->Head(partition).first_offset;
  if (expected < slot.extent.base_offset && (head > expected || slot.stream->dropped())) {
    return absl::OkStatus();
  }
  return DataLoss("{}: commit {} slot {} is the next one of the log, but offset {} comes next",
                  Where(*slot.stream, slot.extent), slot.row.commit, slot.row.slot, expected);
}

// Moves on behind the first row of the window.
void CommitReader::Leave() {
  const Slot& slot = window_.front();
  Known& known = known_[slot.extent.partition.stream];
  if (known.next_offsets.empty()) known.next_offsets.resize(slot.stream->partitions(), kUnknown);
  known.next_offsets[slot.extent.partition.partition] = slot.extent.next_offset;
  const LogLocation row = slot.row;
  window_.pop_front();
  if (window_.empty()) {
    next_ = {after_window_, 0};
  } else if (window_.front().row.commit == row.commit) {
    next_ = {{row.commit, row.slot + 1}, 0};
  } else {
    next_ = {{row.commit + 1, 0}, 0};
  }
}

// Hands out what is there of the first row; false: nothing is.
absl::StatusOr<bool> CommitReader::Hand(ChunkView* view) {
  const Slot& slot = window_.front();
  RETURN_IF_ERROR(CheckNext(slot));
  const uint16_t partition = slot.extent.partition.partition;
  const uint64_t base = slot.extent.base_offset;
  const uint64_t end = slot.extent.next_offset;
  const uint64_t first = slot.gone ? end : slot.stream->Head(partition).first_offset;
  const uint64_t begin = std::max(base + (slot.row == next_.row ? next_.entry : 0), first);
  StreamState::LiveRun run{end, end};
  if (begin < end && !slot.stream->dropped()) {
    run = slot.stream->NextLive(partition, begin, end, false);
  }
  if (run.begin >= run.end) {
    Leave();
    return false;
  }
  const auto entry = static_cast<uint32_t>(run.begin - base);
  const auto count = static_cast<uint32_t>(std::min(run.end - run.begin, left_));
  *view = ChunkView(slot.chunk, entry, count, false);
  stream_ = slot.stream->name();
  handed_ = {slot.row, entry};
  handed_count_ = count;
  left_ -= count;
  next_ = {slot.row, entry + count};
  if (run.begin + count == end) Leave();
  return true;
}

}  // namespace evlog
