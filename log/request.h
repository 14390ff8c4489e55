// One call on its way through the committer: an append, rows of metadata, or a wait for the disk.
#ifndef EVLOG_LOG_REQUEST_H_
#define EVLOG_LOG_REQUEST_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/append.h"
#include "log/chunk.h"
#include "log/entry_codec.h"
#include "log/key_codec.h"
#include "log/producer_window.h"
#include "log/stream_state.h"
#include "log/trim_codec.h"

namespace evlog {

using AppendCallback = absl::AnyInvocable<void(const absl::StatusOr<AppendResult>&) &&>;

// Entries of a request that go to one partition, about a chunk of them at most.
struct RequestPart {
  uint16_t partition = 0;
  uint32_t count = 0;
  ChunkBuffer entries;
  NamesInBuffer names;  // while it is filled entry by entry
  // Automatic ids: which entries of the request these are (ms 0, seq the index from 0). Else the
  // ids.
  IdRuns ids;
  uint64_t base_offset = 0;  // set by the sequencer; of a copy, by the caller
  uint64_t base_bytes = 0;
};

struct Row {
  Family family;
  std::string key;
  std::optional<std::string> value;  // nullopt: the row is deleted
};

// A row that is made when its commit begins. Until then others may add to what it says, as long as
// its request is the newest that waits: Committer::Extend.
class GrowingRow {
 public:
  virtual ~GrowingRow() = default;
  virtual Row Finish() = 0;
};

// An append that its producer may repeat.
struct IdempotentAppend {
  // ---- set by the caller
  std::shared_ptr<ProducerWindow> window;  // held until the append is done
  IdempotenceAsk ask;

  // ---- set by the sequencer
  std::shared_ptr<Original> original;  // this append, or the one that it repeats
  bool duplicate = false;
};

// What an operation on a stream may ask for beside appending. Rare, so it is not in StreamOp.
struct StreamExtras {
  // ---- set by the caller
  std::optional<Expect> expect;
  std::optional<IdempotentAppend> idempotence;
  // Keep that many entries; a stream of one partition only. Rounded as `exact` says.
  std::optional<uint64_t> max_entries;
  bool exact = true;
  uint64_t trim_limit = UINT64_MAX;  // entries that a trim may remove
  // Let a partition begin at an offset.
  struct NewHead {
    uint16_t partition = 0;
    uint64_t offset = 0;
    EntryId near;  // see PartitionHead; Min(): not known
  };
  std::vector<NewHead> heads;
  // By partition: trims stop there. Empty: nowhere.
  std::vector<uint64_t> holds;
  struct Deletion {
    uint16_t partition = 0;
    uint64_t offset = 0;
    EntryId id;
  };
  std::vector<Deletion> deletions;
  // Sets the stream's floor; not below what was appended.
  struct NewFloor {
    EntryId last_id;
    std::optional<uint64_t> entries_added;   // in all, those so far included; nullopt: as they are
    std::function<Row(const IdFloor&)> row;  // keeps it
  };
  std::optional<NewFloor> floor;
  std::optional<EntryId> max_deleted_id;  // is what was deleted last from now on
  bool drop = false;

  // ---- set by the sequencer
  uint64_t trimmed = 0;
  uint64_t deleted = 0;
  IdFloor floor_set;
  std::vector<std::pair<uint16_t, TrimRecord>> records;  // of the partitions that were changed
};

// What a request does to one stream.
struct StreamOp {
  // ---- set by the caller
  std::shared_ptr<StreamState> stream;  // null: nothing
  absl::InlinedVector<RequestPart, 1> parts;
  uint32_t count = 0;  // entries
  bool explicit_ids = false;
  // One partition of a copy after the other, so ids may be below those of another partition; the
  // parts have their offsets already.
  bool copies = false;
  EntryId first_explicit, last_explicit;
  uint16_t first_partition = 0, last_partition = 0;  // of the first and the last entry
  std::unique_ptr<StreamExtras> extras;

  // ---- set by the sequencer
  EntryId base;  // automatic ids: ms, and the number of the first entry in seq
  EntryId last_id_before;
  AppendResult result;

  StreamExtras& Extras() {
    if (extras == nullptr) extras = std::make_unique<StreamExtras>();
    return *extras;
  }
  // The part's ids as they are stored.
  IdRuns IdsOf(const RequestPart& part) const;
};

// One call: what it does to its first stream, and with a transaction what it does to others.
struct Request : StreamOp {
  // ---- set by the caller
  std::vector<std::unique_ptr<StreamOp>> more;
  std::vector<Row> rows;
  std::shared_ptr<GrowingRow> growing;  // is the last of the rows; null: none
  Durability durability = Durability::kOs;
  size_t bytes = 0;  // of entries and rows
  // Readers see nothing of it before it is on the disk, whatever its streams say: one of them is of
  // durability `sync`.
  bool visible_when_synced = false;
  // It keeps entries though it appends none, so it is refused when appends are.
  bool refusable = false;
  // With `done`, or without `blocking`, the request is asynchronous and owned by the committer.
  AppendCallback done;
  bool done_at_once = false;  // see AppendOptions
  bool blocking = false;      // a thread waits for it, and owns it

  // ---- set by the committer
  uint64_t commit = 0;
  absl::Status status;

  // ---- queues; in one at a time
  Request* next = nullptr;
  enum State : uint32_t { kWaiting, kDone, kLead };
  std::atomic<uint32_t> state{kWaiting};  // blocking requests wait on it

  bool has_entries() const {
    return count != 0 ||
           std::any_of(more.begin(), more.end(), [](const auto& op) { return op->count != 0; });
  }

  template <typename Do>
  void ForEachOp(const Do& action) {
    if (stream != nullptr) action(static_cast<StreamOp*>(this));
    for (const std::unique_ptr<StreamOp>& op : more) action(op.get());
  }
};

// A singly linked queue of requests.
class RequestList {
 public:
  RequestList() = default;
  RequestList(RequestList&& other) noexcept { *this = std::move(other); }
  RequestList& operator=(RequestList&& other) noexcept {
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    return *this;
  }

  bool empty() const { return head_ == nullptr; }
  Request* front() const { return head_; }
  Request* back() const { return tail_; }  // of one that is not empty

  void PushBack(Request* request) {
    request->next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = request;
    tail_ = request;
  }

  Request* PopFront() {
    Request* request = head_;
    head_ = request->next;
    if (head_ == nullptr) tail_ = nullptr;
    return request;
  }

  void Append(RequestList&& other) {
    if (other.empty()) return;
    (head_ == nullptr ? head_ : tail_->next) = other.head_;
    tail_ = other.tail_;
    other.head_ = other.tail_ = nullptr;
  }

 private:
  Request* head_ = nullptr;
  Request* tail_ = nullptr;
};

}  // namespace evlog

#endif  // EVLOG_LOG_REQUEST_H_
