#include "log/trimmer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "log/base/status.h"
#include "log/partition_reader.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

class Planner {
 public:
  Planner(const Store& store, std::shared_ptr<StreamState> stream, const Retention& keep)
      : store_(store),
        shared_(std::move(stream)),
        stream_(*shared_),
        keep_(keep),
        heads_(stream_.partitions()) {
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      heads_[p].partition = p;
      tails_.push_back(stream_.Tail(p));
    }
  }

  absl::Status ByMinId(EntryId min_id) {
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      ASSIGN_OR_RETURN(const Place place, PlaceOf(p, min_id));
      const uint64_t offset = Rounded(p, place.offset);
      // The row of `place` may begin above an offset that was rounded.
      Raise(p, offset, offset == place.offset ? place.near : EntryId::Min());
    }
    return absl::OkStatus();
  }

  // Several partitions: the smallest id from which on there are at most so many entries.
  absl::Status ByEntries(uint64_t entries) {
    ASSIGN_OR_RETURN(const EntryId min_id, IdThatLeavesEntries(entries));
    return ByMinId(min_id);
  }

  absl::Status ByBytes(uint64_t bytes) {
    if (stream_.partitions() == 1) return ByBytesOfOne(bytes);
    ASSIGN_OR_RETURN(const EntryId min_id,
                     IdThatLeaves(bytes, [this](uint16_t p, const Place& place) {
                       return stream_.Tail(p).next_bytes - place.bytes;
                     }));
    return ByMinId(min_id);
  }

  // Several partitions: of what goes by now, only the oldest entries of the stream, at most so
  // many.
  absl::Status ToLimit(uint64_t limit) {
    uint64_t all = 0, going = 0;
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      all += stream_.CountLive(p, 0, UINT64_MAX);
      going += stream_.CountLive(p, 0, heads_[p].offset);
    }
    if (going <= limit) return absl::OkStatus();
    ASSIGN_OR_RETURN(const EntryId id, IdThatLeavesEntries(all - limit));
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      ASSIGN_OR_RETURN(const Place place, PlaceOf(p, id));
      const uint64_t offset = Rounded(p, place.offset);
      if (offset >= heads_[p].offset) continue;
      heads_[p].offset = offset;
      heads_[p].near = offset == place.offset ? place.near : EntryId::Min();
    }
    return absl::OkStatus();
  }

  std::vector<StreamExtras::NewHead> TakeHeads() {
    std::erase_if(heads_, [](const StreamExtras::NewHead& head) { return head.offset == 0; });
    return std::move(heads_);
  }

 private:
  using Measure = std::function<uint64_t(uint16_t, const Place&)>;

  absl::StatusOr<Place> PlaceOf(uint16_t p, EntryId id) const {
    const PartitionTail& tail = tails_[p];
    if (id > tail.last_id) {
      return Place{tail.next_offset, tail.next_bytes, EntryId::Min(), true, false};
    }
    return FindPlace(store_, stream_.partition_id(p), id);
  }

  void Raise(uint16_t p, uint64_t offset, EntryId near) {
    StreamExtras::NewHead& head = heads_[p];
    if (offset <= head.offset) return;
    head.offset = offset;
    head.near = near;
  }

  uint64_t Rounded(uint16_t p, uint64_t offset) const {
    return TrimStep(offset, tails_[p].next_offset, keep_.exact);
  }

  absl::StatusOr<uint64_t> MeasureFrom(EntryId id, const Measure& measure) const {
    uint64_t sum = 0;
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      ASSIGN_OR_RETURN(const Place place, PlaceOf(p, id));
      sum += measure(p, place);
    }
    return sum;
  }

  absl::StatusOr<EntryId> IdThatLeavesEntries(uint64_t entries) const {
    return IdThatLeaves(entries, [this](uint16_t p, const Place& place) {
      return stream_.CountLive(p, place.offset, UINT64_MAX);
    });
  }

  // Halves the time between the first and the last entry, then the numbers within the millisecond.
  absl::StatusOr<EntryId> IdThatLeaves(uint64_t limit, const Measure& measure) const {
    ASSIGN_OR_RETURN(const uint64_t all, MeasureFrom(EntryId::Min(), measure));
    if (all <= limit) return EntryId::Min();
    const EntryId last = stream_.LastId();
    uint64_t low = 0, high = last.ms;  // from {high + 1, 0} on there is little enough
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      ASSIGN_OR_RETURN(const uint64_t left, MeasureFrom({middle + 1, 0}, measure));
      if (left <= limit) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    const uint64_t ms = high;
    uint64_t low_seq = 0, high_seq = UINT64_MAX;
    while (low_seq < high_seq) {
      const uint64_t middle = low_seq + (high_seq - low_seq) / 2;
      ASSIGN_OR_RETURN(const uint64_t left, MeasureFrom({ms, middle}, measure));
      if (left <= limit) {
        high_seq = middle;
      } else {
        low_seq = middle + 1;
      }
    }
    const EntryId min_id{ms, high_seq};
    ASSIGN_OR_RETURN(const uint64_t left, MeasureFrom(min_id, measure));
    return left > limit ? min_id.Successor() : min_id;
  }

  // Offsets and bytes rise together, so halving the offsets finds the row.
  absl::Status ByBytesOfOne(uint64_t limit) {
    const PartitionTail tail = stream_.Tail(0);
    if (tail.next_bytes <= limit) return absl::OkStatus();
    const uint64_t target = tail.next_bytes - limit;  // bytes below this go
    uint64_t low = stream_.Head(0).first_offset, high = tail.next_offset;
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      ASSIGN_OR_RETURN(const std::optional<DirEntry> row,
                       FindRow(store_, stream_.partition_id(0), middle));
      if (!row) return absl::OkStatus();  // trimmed meanwhile
      if (row->extent.next_bytes() <= target) {
        low = row->extent.next_offset();
      } else if (row->extent.base_bytes > target) {
        high = std::min(middle, row->extent.base_offset);
      } else {
        return CutRow(*row, target);
      }
    }
    Raise(0, low, EntryId::Min());
    return absl::OkStatus();
  }

  // The row in which byte `target` is.
  absl::Status CutRow(const DirEntry& row, uint64_t target) {
    uint64_t offset = row.extent.base_offset;
    if (keep_.exact) {
      PartitionReader reader(&store_, shared_, 0, Direction::kForward);
      reader.Start(std::max(offset, stream_.Head(0).first_offset));
      ASSIGN_OR_RETURN(const bool loaded, reader.Load());
      if (loaded && reader.chunk()->header().base_offset == offset) {
        const Chunk& chunk = *reader.chunk();
        uint32_t i = 0;
        while (i < chunk.count() &&
               row.extent.base_bytes +
                       static_cast<uint64_t>(chunk.EntryAt(i).entry - chunk.entries().data()) <
                   target) {
          ++i;
        }
        offset += i;
      }
    }
    Raise(0, offset, row.first_id);
    return absl::OkStatus();
  }

  const Store& store_;
  const std::shared_ptr<StreamState> shared_;
  const StreamState& stream_;
  const Retention& keep_;
  std::vector<PartitionTail> tails_;  // as they are when it begins
  std::vector<StreamExtras::NewHead> heads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StreamExtras>> PlanTrim(const Store& store,
                                                       const std::shared_ptr<StreamState>& stream,
                                                       const TrimOptions& options, absl::Time now) {
  const Retention& keep = options.keep;
  RETURN_IF_ERROR(keep.Validate());
  auto plan = std::make_unique<StreamExtras>();
  plan->exact = keep.exact;
  plan->trim_limit = options.limit;
  Planner planner(store, stream, keep);
  if (keep.min_id) RETURN_IF_ERROR(planner.ByMinId(*keep.min_id));
  if (keep.max_age) {
    const int64_t ms = absl::ToUnixMillis(now - *keep.max_age);
    if (ms > 0) RETURN_IF_ERROR(planner.ByMinId({static_cast<uint64_t>(ms), 0}));
  }
  if (keep.max_entries) {
    if (stream->partitions() == 1) {
      plan->max_entries = keep.max_entries;  // judged in the order of appends
    } else {
      RETURN_IF_ERROR(planner.ByEntries(*keep.max_entries));
    }
  }
  if (keep.max_bytes) RETURN_IF_ERROR(planner.ByBytes(*keep.max_bytes));
  if (stream->partitions() > 1) RETURN_IF_ERROR(planner.ToLimit(options.limit));
  plan->heads = planner.TakeHeads();
  return plan;
}

absl::StatusOr<uint64_t> BytesFrom(const Store& store, const StreamState& stream,
                                   uint16_t partition, uint64_t offset) {
  const PartitionTail tail = stream.Tail(partition);
  if (offset >= tail.next_offset) return 0;
  ASSIGN_OR_RETURN(const std::optional<DirEntry> row,
                   FindRow(store, stream.partition_id(partition), offset));
  // Without a row it was trimmed meanwhile, or is not there: that is for readers to tell.
  return row ? tail.next_bytes - std::min(row->extent.base_bytes, tail.next_bytes) : 0;
}

std::vector<uint64_t> HeadsOf(const StreamState& stream, const StreamExtras& plan) {
  std::vector<uint64_t> offsets(stream.partitions());
  for (const StreamExtras::NewHead& head : plan.heads) offsets[head.partition] = head.offset;
  if (plan.max_entries) {
    const uint64_t offset = stream.OffsetOfLast(0, *plan.max_entries);
    offsets[0] = std::max(offsets[0], TrimStep(offset, stream.Tail(0).next_offset, plan.exact));
  }
  for (size_t p = 0; p < plan.holds.size(); ++p) offsets[p] = std::min(offsets[p], plan.holds[p]);
  return offsets;
}

absl::StatusOr<TrimResult> PreviewTrim(const Store& store, const StreamState& stream,
                                       const StreamExtras& plan) {
  TrimResult result;
  const auto count = [&](uint16_t p, uint64_t offset) -> absl::Status {
    const uint64_t first = stream.Head(p).first_offset;
    if (offset <= first) return absl::OkStatus();
    result.entries += stream.CountLive(p, first, offset);
    ASSIGN_OR_RETURN(const uint64_t before, BytesFrom(store, stream, p, first));
    ASSIGN_OR_RETURN(const uint64_t after, BytesFrom(store, stream, p, offset));
    result.bytes += before - std::min(before, after);
    return absl::OkStatus();
  };
  const std::vector<uint64_t> offsets = HeadsOf(stream, plan);
  for (uint16_t p = 0; p < stream.partitions(); ++p) RETURN_IF_ERROR(count(p, offsets[p]));
  if (result.entries > plan.trim_limit) {
    result.entries = plan.trim_limit;
    if (!plan.exact) result.entries -= result.entries % kApproximateEntries;
  }
  return result;
}

}  // namespace evlog
