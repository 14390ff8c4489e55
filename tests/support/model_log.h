// What a log should be: the rules of evlog/event_log.h written down a second time, as simply as
// possible, in memory. Tests compare the log with it.
#ifndef EVLOG_TESTS_SUPPORT_MODEL_LOG_H_
#define EVLOG_TESTS_SUPPORT_MODEL_LOG_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/read.h"
#include "evlog/stream_options.h"
#include "evlog/trim.h"
#include "tests/support/owned_entry.h"

namespace evlog {

struct NewEntry {
  std::optional<std::string> key;
  std::optional<EntryId> id;
  OwnedFields fields;
};

// An Idempotence that owns its bytes.
struct OwnedMark {
  Idempotence::Kind kind = Idempotence::Kind::kId;
  std::string producer;
  std::string id;
  uint64_t sequence = 0;

  Idempotence View() const;
};

// What an append asks for beside its entries.
struct ModelAsk {
  std::optional<Expect> expect;
  std::optional<OwnedMark> mark;
};

Batch BatchOf(const std::vector<NewEntry>& entries);
// All of it but the position: `1-0..1-2 (3) p0 o7`, and ` duplicate`.
std::string TextOf(const AppendResult& result);

class ModelStream {
 public:
  explicit ModelStream(StreamOptions options) : options_(options), ids_(options.partitions) {}

  // What the log must answer (`position` aside; of an error its code only), and then holds.
  absl::StatusOr<AppendResult> Append(absl::Time now, const std::vector<NewEntry>& batch,
                                      const ModelAsk& ask = {});
  // Whether an expectation holds for an append whose first entry goes to `partition`.
  bool Holds(const Expect& expect, uint16_t partition) const;
  // How many entries of `keep` and `limit` go; not for max_bytes, whose outcome is taken over with
  // BeginAt.
  uint64_t Trim(absl::Time now, const Retention& keep, uint64_t limit);
  // Entries of the partition below `offset` are gone; how many there were.
  uint64_t BeginAt(uint16_t partition, uint64_t offset);
  uint64_t Delete(const std::vector<EntryId>& ids);
  // What EventLog::SetLastId must answer (of an error its code only).
  absl::Status SetLastId(EntryId id, const LastIdOptions& options);

  // What a cursor must hand out (with OnTrimmed::kSkip), or the error that Read must answer.
  absl::StatusOr<std::vector<OwnedEntry>> Read(const ReadRequest& request) const;

  // A stream that was loaded anew begins its turns with partition 0.
  void Restart() { turn_ = 0; }
  // Turns are taken also by what fails later.
  void TakeTurnsOf(const ModelStream& other) { turn_ = other.turn_; }

  StreamOptions& options() { return options_; }
  const StreamOptions& options() const { return options_; }
  const std::vector<OwnedEntry>& entries() const { return entries_; }  // by id
  EntryId last_id() const { return last_id_; }
  uint64_t entries_added() const;
  uint64_t next_offset(uint16_t partition) const { return ids_[partition].size(); }
  // Of the first entry that is there; next_offset where there is none.
  uint64_t first_offset(uint16_t partition) const;
  EntryId max_deleted_id(uint16_t partition) const;

  bool SameAs(const ModelStream& other) const;

 private:
  struct Remembered {
    uint64_t time_ms = 0;
    std::string name;
    AppendResult result;
  };
  struct Producer {
    std::optional<std::pair<uint64_t, AppendResult>> last;  // by sequence number
    std::deque<Remembered> ids;                             // the oldest first
  };

  static absl::Status CheckIds(const std::vector<NewEntry>& batch, uint32_t partitions);
  absl::StatusOr<std::vector<uint16_t>> Route(const std::vector<NewEntry>& batch);
  absl::StatusOr<std::optional<AppendResult>> Recall(uint64_t now_ms, const OwnedMark& mark,
                                                     const std::string& name) const;
  void Remember(uint64_t now_ms, const OwnedMark& mark, const std::string& name,
                const AppendResult& result);
  absl::StatusOr<EntryId> NextId(uint64_t now_ms, size_t count) const;  // n in seq
  // The offset of the first entry of that id or above, gone ones included.
  uint64_t OffsetOf(uint16_t partition, EntryId id) const;
  // The smallest id from which on there are at most so many entries.
  EntryId IdThatLeaves(uint64_t entries) const;

  StreamOptions options_;
  std::vector<OwnedEntry> entries_;        // that are there
  std::vector<std::vector<EntryId>> ids_;  // of each partition by offset, gone ones included
  std::map<uint16_t, EntryId> max_deleted_;
  EntryId last_id_;
  uint64_t added_ = 0;  // counted beside those that were; wraps around
  std::map<std::string, Producer> producers_;
  uint32_t turn_ = 0;
};

// All streams of a database, and its state.
struct ModelLog {
  std::map<std::string, ModelStream> streams;
  std::map<std::pair<std::string, std::string>, std::string> state;  // by space and key
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_MODEL_LOG_H_
