// What one producer has appended to one stream lately, so that a repeat is found without the disk.
//
// Loaded from the store by the caller of an append, and held by its request until that is done; so
// the committer never reads, and a window that nobody holds is what the store says and may be
// forgotten (producer_windows.h). Judged and changed by the sequencer, in the order of appends.
#ifndef EVLOG_LOG_PRODUCER_WINDOW_H_
#define EVLOG_LOG_PRODUCER_WINDOW_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "evlog/append.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"
#include "log/idempotence_codec.h"
#include "log/ids.h"
#include "log/store/store.h"

namespace evlog {

// An append that is remembered. Its commit is not known before it is written; then it stands here
// for those who repeat it.
struct Original {
  IdempotenceRecord record;  // its commit does not count
  std::atomic<uint64_t> commit{0};

  AppendResult Result() const;  // without a position
};

// How an append asks to be judged.
struct IdempotenceAsk {
  Idempotence::Kind kind = Idempotence::Kind::kId;
  std::string id;  // as in the key of its row
  uint64_t sequence = 0;
  // As the stream has them.
  uint64_t window_ms = 0;
  uint32_t ids_max = 0;
};

class ProducerWindow {
 public:
  // `total`: what all windows take in memory; outlives it.
  ProducerWindow(StreamId stream, std::string producer, std::atomic<size_t>* total);
  ~ProducerWindow();

  StreamId stream() const { return stream_; }
  const std::string& producer() const { return producer_; }
  std::string KeyOf(const IdempotenceAsk& ask) const;

  // Reads it, once. Thread-safe. Errors: those of the store; DATA_LOSS.
  absl::Status Load(const Store& store) ABSL_LOCKS_EXCLUDED(load_mu_);
  // Reads it anew, while no request is sequenced: after the store was reopened.
  absl::Status Reload(const Store& store) ABSL_LOCKS_EXCLUDED(load_mu_);

  // ---- of the sequencer, under the lock of the committer
  // The append that this one repeats; null: none that is remembered. Errors: ABORTED, for a
  // sequence number that is below the last one.
  absl::StatusOr<std::shared_ptr<Original>> Find(const IdempotenceAsk& ask, uint64_t now_ms) const;
  uint64_t last_sequence() const { return last_ == nullptr ? 0 : last_->record.sequence; }
  // Remembers an append that Find did not know. What falls out of the window is forgotten, and
  // `deleted` gets the keys of its rows.
  std::shared_ptr<Original> Add(const IdempotenceAsk& ask, uint64_t now_ms,
                                const AppendResult& result, std::vector<std::string>* deleted);

  size_t ids() const { return by_age_.size(); }

 private:
  // The kind and the id, as in a key.
  using IdName = std::string;
  struct Aged {
    IdName name;
    std::shared_ptr<Original> original;
  };
  struct Held {
    std::shared_ptr<Original> original;
    uint64_t number = 0;  // in the order of age; that of by_age_.front() is first_number_
  };

  absl::Status Read(const Store& store) ABSL_EXCLUSIVE_LOCKS_REQUIRED(load_mu_);
  void Clear();
  void PushBack(IdName name, std::shared_ptr<Original> original);
  void PopFront();
  bool IsOut(const Held& held, const IdempotenceAsk& ask, uint64_t now_ms) const;
  void Resized(size_t more, size_t less);

  const StreamId stream_;
  const std::string producer_;
  std::atomic<size_t>* const total_;

  Mutex load_mu_;
  std::atomic<bool> loaded_{false};

  // Written while loading, before anyone uses them, and then by the sequencer.
  std::shared_ptr<Original> last_;  // by sequence number; null: none
  std::deque<Aged> by_age_;
  absl::flat_hash_map<IdName, Held, TransparentHash, std::equal_to<>> by_name_;
  uint64_t first_number_ = 0;
  size_t bytes_ = 0;
};

}  // namespace evlog

#endif  // EVLOG_LOG_PRODUCER_WINDOW_H_
