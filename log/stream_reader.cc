#include "log/stream_reader.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"

namespace evlog {

namespace {

constexpr int kLooksMax = 5;

}  // namespace

absl::StatusOr<std::unique_ptr<StreamReader>> StreamReader::Make(
    ReaderContext context, std::shared_ptr<StreamState> stream, const ReadRequest& request) {
  if (request.partition && *request.partition >= stream->partitions()) {
    return InvalidArgument("stream {} has {} partitions, there is no partition {}",
                           Quoted(stream->name()), stream->partitions(), *request.partition);
  }
  std::unique_ptr<StreamReader> reader(
      new StreamReader(std::move(context), std::move(stream), request));
  absl::Status status = reader->Start(request);
  for (int i = 0; reader->LooksAgain(status, i); ++i) {
    RETURN_IF_ERROR(reader->context_.look_again());
    status = reader->Start(request);
  }
  RETURN_IF_ERROR(status);
  return reader;
}

std::unique_ptr<StreamReader> StreamReader::MakeInMemory(ReaderContext context,
                                                         std::shared_ptr<StreamState> stream,
                                                         const ReadRequest& request,
                                                         uint64_t entries_max) {
  if (stream->partitions() != 1 || request.direction != Direction::kForward) return nullptr;
  std::unique_ptr<StreamReader> reader(
      new StreamReader(std::move(context), std::move(stream), request));
  reader->in_memory_ = true;
  if (!reader->Start(request).ok()) return nullptr;
  const std::optional<uint64_t> ready = reader->readers_[0].Ready(reader->left_);
  if (ready && *ready <= entries_max) return reader;
  if (reader->went_on_) {
    reader->context_.parked->Park(reader->from_id_, std::move(reader->readers_[0]),
                                  reader->generation_);
  }
  return nullptr;
}

// A reader beside the owner may see some of its files before and others after a flush, and so a log
// with a hole; what is damaged for good stays so when it is looked at afresh.
bool StreamReader::LooksAgain(const absl::Status& status, int times) const {
  return absl::IsDataLoss(status) && context_.look_again && times < kLooksMax;
}

StreamReader::StreamReader(ReaderContext context, std::shared_ptr<StreamState> stream,
                           const ReadRequest& request)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      direction_(request.direction),
      until_set_(request.until.has_value()),
      skip_gaps_(request.on_trimmed == OnTrimmed::kSkip),
      left_(request.limit) {
  const uint16_t first = request.partition.value_or(0);
  const uint16_t end = request.partition ? first + 1 : stream_->partitions();
  for (uint16_t partition = first; partition < end; ++partition) {
    readers_.emplace_back(context_.store, stream_, partition, direction_);
  }
}

StreamReader::~StreamReader() {
  if (!parks() || !last_chunk_) return;
  PartitionReader& reader = readers_[0];
  // The end is found again without a seek.
  if (reader.offset() >= stream_->Tail(reader.partition()).next_offset) return;
  context_.parked->Park(last_chunk_->IdAt(last_index_).Successor(), std::move(reader), generation_);
}

absl::StatusOr<bool> StreamReader::Next(ChunkView* view, absl::Time deadline,
                                        const std::stop_token& stop) {
  int looks = 0;
  for (;;) {
    const absl::StatusOr<bool> found = NextVisible(view);
    if (LooksAgain(found.status(), looks)) {
      ++looks;
      RETURN_IF_ERROR(context_.look_again());
      continue;
    }
    if (!found.ok() || *found) return found;
    if (ended_ || !follows()) return false;
    ASSIGN_OR_RETURN(const bool more, Await(deadline, stop));
    if (!more) return false;
  }
}

absl::StatusOr<bool> StreamReader::Await(absl::Time deadline, const std::stop_token& stop) {
  if (stop.stop_requested()) return absl::CancelledError("a stop was requested");
  if (deadline == absl::InfinitePast()) return false;
  bool more;
  if (context_.poll) {
    const auto ready = [this] {
      if (readers_.size() != 1) return stream_->LastId() > horizon_;
      return stream_->dropped() ||
             stream_->Tail(readers_[0].partition()).next_offset > readers_[0].offset();
    };
    ASSIGN_OR_RETURN(more, context_.poll(*stream_, ready, deadline, stop));
  } else {
    // On a closed log all that there is has been read by now.
    if (stream_->dropped()) return Dropped();
    if (stream_->closed()) return absl::FailedPreconditionError("the log is closed");
    more = readers_.size() == 1
               ? stream_->AwaitOffset(readers_[0].partition(), readers_[0].offset(), context_.clock,
                                      deadline, stop)
               : stream_->AwaitAfter(horizon_, context_.clock, deadline, stop);
  }
  if (!more && stop.stop_requested()) return absl::CancelledError("a stop was requested");
  return more;
}

absl::Status StreamReader::Dropped() const {
  return Error(absl::StatusCode::kNotFound, "stream {} was dropped", Quoted(stream_->name()));
}

absl::StatusOr<bool> StreamReader::NextVisible(ChunkView* view) {
  if (stream_->dropped()) return Dropped();
  if (left_ == 0) ended_ = true;
  if (ended_) return false;
  return readers_.size() == 1 ? NextOfOne(view) : NextMerged(view);
}

// Loads the reader's current entry, past those that are below from_id_. False: it has none.
absl::StatusOr<bool> StreamReader::LoadHead(PartitionReader* reader) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool loaded, reader->Load());
    const uint64_t gap = reader->TakeGap();
    gap_ += gap;
    if (gap != 0 && !skip_gaps_) {
      gap_ = 0;
      return Overtaken(*reader, loaded, gap);
    }
    if (!loaded) return false;
    if (direction_ == Direction::kBackward || reader->id() >= from_id_) return true;
    // `from` was above everything when reading began, and this came afterwards.
    reader->Skip(std::min(reader->left(), reader->chunk()->CountBelow(from_id_) - reader->index()));
  }
}

absl::Status StreamReader::Overtaken(const PartitionReader& reader, bool loaded,
                                     uint64_t gap) const {
  return Error(absl::StatusCode::kOutOfRange,
               "stream {}, partition {}: {} entries were trimmed before they were read; {}",
               Quoted(stream_->name()), reader.partition(), gap,
               loaded ? fmt::format("the first one there is now has the id {} and the offset {}",
                                    reader.id().ToString(), reader.offset())
                      : fmt::format("offset {} comes next", reader.offset()));
}

// How many of the reader's entries, in reading order, are not beyond `last`.
uint32_t StreamReader::CountUpTo(const PartitionReader& reader, EntryId last) const {
  const Chunk& chunk = *reader.chunk();
  if (direction_ == Direction::kBackward) {
    const uint32_t below = chunk.CountBelow(last);
    return reader.index() + 1 <= below ? 0 : reader.index() + 1 - below;
  }
  const uint32_t up_to =
      last == EntryId::Max() ? chunk.count() : chunk.CountBelow(last.Successor());
  return up_to <= reader.index() ? 0 : up_to - reader.index();
}

void StreamReader::Hand(PartitionReader* reader, uint32_t count, ChunkView* view) {
  count = static_cast<uint32_t>(std::min<uint64_t>(count, left_));
  const bool backward = direction_ == Direction::kBackward;
  const uint32_t first = backward ? reader->index() + 1 - count : reader->index();
  *view = ChunkView(reader->chunk(), first, count, backward, std::exchange(gap_, 0));
  if (parks()) {
    last_chunk_ = reader->chunk();
    last_index_ = first + count - 1;
  }
  reader->Skip(count);
  left_ -= count;
}

absl::StatusOr<bool> StreamReader::NextOfOne(ChunkView* view) {
  PartitionReader& reader = readers_[0];
  if (direction_ == Direction::kForward && reader.offset() >= until_offset_) {
    ended_ = true;
    return false;
  }
  ASSIGN_OR_RETURN(const bool loaded, LoadHead(&reader));
  if (!loaded) {
    if (direction_ == Direction::kBackward) ended_ = true;
    return false;
  }
  uint32_t count = reader.left();
  if (direction_ == Direction::kForward) {
    count = static_cast<uint32_t>(
        std::min<uint64_t>(count, until_offset_ - std::min(until_offset_, reader.offset())));
    if (until_id_ != EntryId::Max()) count = std::min(count, CountUpTo(reader, until_id_));
  }
  if (count == 0) {
    ended_ = true;
    return false;
  }
  Hand(&reader, count, view);
  return true;
}

bool StreamReader::Before(const PartitionReader* a, const PartitionReader* b) const {
  return direction_ == Direction::kForward ? a->id() < b->id() : a->id() > b->id();
}

// Looks again at the readers that had no entry. After an error those not yet looked at stay
// drained.
absl::Status StreamReader::LoadHeads() {
  size_t kept = 0;
  for (size_t i = 0; i < drained_.size(); ++i) {
    PartitionReader* const reader = drained_[i];
    const absl::StatusOr<bool> loaded = LoadHead(reader);
    if (!loaded.ok()) {
      drained_.erase(drained_.begin() + kept, drained_.begin() + i);
      return loaded.status();
    }
    if (!*loaded) {
      drained_[kept++] = reader;
      continue;
    }
    heads_.push_back(reader);
    std::push_heap(heads_.begin(), heads_.end(), [this](auto* a, auto* b) { return Before(b, a); });
  }
  drained_.resize(kept);
  return absl::OkStatus();
}

absl::StatusOr<bool> StreamReader::NextMerged(ChunkView* view) {
  const bool backward = direction_ == Direction::kBackward;
  const auto after = [this](const PartitionReader* a, const PartitionReader* b) {
    return Before(b, a);
  };
  if (handed_ != nullptr) {  // only now, so that an error does not swallow what was handed out
    ASSIGN_OR_RETURN(const bool loaded, LoadHead(handed_));
    (loaded ? heads_ : drained_).push_back(handed_);
    if (loaded) std::push_heap(heads_.begin(), heads_.end(), after);
    handed_ = nullptr;
  }
  if (heads_.empty() || (!backward && heads_.front()->id() > horizon_)) {
    // In this order: what is readable up to the new horizon is looked for after it was taken.
    horizon_ = std::max(horizon_, stream_->LastId());
    RETURN_IF_ERROR(LoadHeads());
    if (heads_.empty() || (!backward && heads_.front()->id() > horizon_)) {
      if (backward) ended_ = true;
      return false;
    }
  }
  std::pop_heap(heads_.begin(), heads_.end(), after);
  PartitionReader* const reader = heads_.back();
  heads_.pop_back();
  uint32_t count = reader->left();
  if (!backward) count = std::min(count, CountUpTo(*reader, std::min(horizon_, until_id_)));
  // Not beyond the next one of another partition; ids differ, so that one itself is not among them.
  if (!heads_.empty()) count = std::min(count, CountUpTo(*reader, heads_.front()->id()));
  if (count == 0) {  // above `until`, and so are all others
    ended_ = true;
    return false;
  }
  Hand(reader, count, view);
  handed_ = reader;
  return true;
}

}  // namespace evlog
