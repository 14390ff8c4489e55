// The log: store, catalog, committer and readers put together. What embedded/ shows to
// applications.
#ifndef EVLOG_LOG_LOG_H_
#define EVLOG_LOG_LOG_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/append.h"
#include "evlog/open_options.h"
#include "evlog/read.h"
#include "evlog/schedule.h"
#include "evlog/stream_options.h"
#include "evlog/trim.h"
#include "log/batch_data.h"
#include "log/catalog.h"
#include "log/commit_reader.h"
#include "log/committer.h"
#include "log/databases.h"
#include "log/log_metrics.h"
#include "log/log_probe.h"
#include "log/maintenance.h"
#include "log/producer_windows.h"
#include "log/scheduler.h"
#include "log/store/environment.h"
#include "log/store/store.h"
#include "log/stream_copier.h"
#include "log/stream_reader.h"
#include "log/trim_holds.h"

namespace evlog {

// Thread-safe. Errors are those that evlog/event_log.h lists.
class Log {
 public:
  static absl::StatusOr<std::unique_ptr<Log>> Open(std::string directory, OpenOptions options,
                                                   StoreEnvironment environment = {});
  static absl::StatusOr<std::unique_ptr<Log>> OpenReadOnly(std::string directory,
                                                           ReadOnlyOptions options,
                                                           StoreEnvironment environment = {});
  ~Log();  // closes

  Catalog& catalog() { return *catalog_; }
  const Databases& databases() const { return databases_; }
  const Store& store() const { return *store_; }
  Committer& committer() { return *committer_; }  // not of a read-only log
  Clock* clock() const { return options_.clock; }
  MetricsRegistry* metrics() const { return options_.metrics; }  // null: none was passed in
  bool read_only() const { return committer_ == nullptr; }

  // Of the options the key and the id do not count here: they are the batch's.
  absl::StatusOr<AppendResult> Append(const std::shared_ptr<StreamState>& stream,
                                      internal::BatchData batch, const AppendOptions& options);
  // `trim`: behind it, in the same commit; to a number of entries, of one partition.
  void AppendAsync(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                   const AppendOptions& options, AppendCallback done, const TrimOptions& trim = {});

  // What a transaction does to one stream.
  struct StreamWork {
    std::shared_ptr<StreamState> stream;
    internal::BatchData batch;  // may be empty
    std::optional<Expect> expect;
    std::vector<EntryId> deletions;
  };
  struct Committed {
    Position position;
    std::vector<AppendResult> appends;  // one for each StreamWork
  };
  // All of it in one commit, or nothing. `run`: in place of Committer::Run, for who adds to it.
  using RunRequest = std::function<absl::Status(Request*)>;
  absl::StatusOr<Committed> Commit(std::vector<StreamWork> work, std::vector<Row> rows,
                                   std::optional<Durability> durability,
                                   const RunRequest& run = nullptr);

  // Of the options the key does not count here: it is the batch's.
  absl::StatusOr<Ticket> Schedule(const std::shared_ptr<StreamState>& stream,
                                  internal::BatchData batch, absl::Time at,
                                  const ScheduleOptions& options);
  absl::StatusOr<std::vector<ScheduledAppend>> ListScheduled(uint8_t database,
                                                             const ScheduledFilter& filter);

  // Databases are named by their homes (databases.h), but for SwapDatabases.
  // True: durable only after Sync, which the stream's durability asks for.
  absl::StatusOr<bool> CancelScheduled(uint8_t database, const Ticket& ticket);
  absl::StatusOr<bool> Drop(const Catalog::Name& name);
  absl::StatusOr<bool> Rename(const Catalog::Name& from, const Catalog::Name& to, bool replace);
  // Adds to the last commit of a copy, which ends at `ends`, what else is of the stream. True: it
  // is to be on the disk.
  using AddToCopy = std::function<absl::StatusOr<bool>(
      const std::shared_ptr<StreamState>& from, const StreamState& to,
      const std::vector<PartitionTail>& ends, Request* last)>;
  absl::StatusOr<bool> Copy(const Catalog::Name& from, const Catalog::Name& to, bool replace,
                            const std::stop_token& stop, const StreamCopier::Told& told,
                            const AddToCopy& add);
  absl::StatusOr<bool> Alter(const Catalog::Name& name, const StreamChanges& changes);
  absl::StatusOr<bool> SetLastId(const Catalog::Name& name, EntryId last_id,
                                 const LastIdOptions& options);
  absl::Status SwapDatabases(uint8_t a, uint8_t b);

  absl::StatusOr<TrimResult> Trim(const std::shared_ptr<StreamState>& stream,
                                  const TrimOptions& options);
  // As retention asks, so it waits for consumer groups where the stream says so.
  absl::StatusOr<TrimResult> TrimByRetention(const std::shared_ptr<StreamState>& stream,
                                             const TrimOptions& options);
  absl::StatusOr<DeleteResult> Delete(const std::shared_ptr<StreamState>& stream,
                                      std::span<const EntryId> ids,
                                      std::optional<Durability> durability);
  // Which of them are there, as far as readers can see.
  absl::StatusOr<std::vector<bool>> FindLive(const std::shared_ptr<StreamState>& stream,
                                             std::span<const EntryId> ids) const;
  // Calls `done` with `status` as if an append had failed with it.
  void Refuse(AppendCallback done, const absl::Status& status);
  absl::StatusOr<std::unique_ptr<StreamReader>> Read(const std::shared_ptr<StreamState>& stream,
                                                     const ReadRequest& request);
  // Null: see StreamReader::MakeInMemory.
  std::unique_ptr<StreamReader> ReadInMemory(const std::shared_ptr<StreamState>& stream,
                                             const ReadRequest& request, uint64_t entries_max);
  // Reads all streams of the database whose names match request.pattern, in commit order.
  absl::StatusOr<std::unique_ptr<CommitReader>> ReadCommits(uint8_t database,
                                                            const ReadRequest& request);
  // After the newest commit; read-only: the newest that has entries.
  absl::StatusOr<Position> LastPosition() const;
  // How far the log is; read-only: as the owner last noted it.
  absl::StatusOr<Watermarks> ReadWatermarks() const;
  // What readers of the stream see now.
  absl::StatusOr<StreamInfo> Describe(StreamId id, const StreamRecord& record);

  // What the background does, at once.
  absl::Status Maintain();
  // Of the owner as its last maintenance found it; read only, it is measured now.
  absl::StatusOr<SpaceUse> Space();

  // Read-only: takes in what the owner wrote. Nothing to do for the owner itself.
  absl::Status CatchUpReadOnly();
  // Runs `look`, which reads the store by what is known of the stream, and of its groups.
  // Read-only, the stream is as the store has it, nothing is taken in from the owner meanwhile, and
  // what seems lost is looked at once more, with the store opened anew. `look` must not catch up
  // itself.
  absl::Status LookTogether(StreamState* stream, absl::FunctionRef<absl::Status()> look);

  absl::Status Sync();
  absl::Status Health() const;
  // OK, or with what an append is refused now.
  absl::Status AcceptsAppends() const;
  absl::Status Reopen();
  // Called within Reopen, before appends are taken again. Set while nothing reopens; null: nothing.
  void OnReopen(std::function<absl::Status()> reload) { on_reopen_ = std::move(reload); }
  // Who says what consumer groups need; null: nobody.
  void SetHolds(FindHolds find) { holds_.Set(std::move(find)); }
  absl::Status Close();

 private:
  Log(OpenOptions options, std::unique_ptr<Store> store);
  absl::Status Start(bool read_only);
  absl::Status Prepare(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                       const AppendOptions& options, Request* request) const;
  absl::Status PrepareIdempotence(const Idempotence& idempotence, internal::BatchData& batch,
                                  StreamState* stream, Request* request) const;
  absl::StatusOr<std::unique_ptr<StreamExtras>> PlanWithHolds(
      const std::shared_ptr<StreamState>& stream, const TrimOptions& options);
  absl::StatusOr<TrimResult> RunTrim(const std::shared_ptr<StreamState>& stream,
                                     const TrimOptions& options,
                                     std::unique_ptr<StreamExtras> plan);
  void TellEvicted(const StreamState& stream, const std::vector<TrimHold>& holds,
                   const TrimResult& evicted);
  absl::Status PrepareOp(StreamWork work, Request* request, StreamOp* op) const;
  absl::Status AddDeletions(std::span<const EntryId> ids, StreamOp* op) const;
  absl::Status RefuseReadOnly() const;
  // Read-only: takes in what the owner wrote, and `look`s, until that is true or the deadline has
  // come.
  absl::StatusOr<bool> Poll(const std::function<absl::StatusOr<bool>()>& look, absl::Time deadline,
                            const std::stop_token& stop);
  absl::Status Refresh(StreamState* stream);
  absl::StatusOr<std::vector<PartitionInfo>> DescribePartitions(const StreamState& stream) const;
  absl::Status CatchUp();
  absl::Status LookAgain();

  const OpenOptions options_;
  absl::Duration poll_min_, poll_max_;            // read-only
  std::unique_ptr<MetricsRegistry> own_metrics_;  // when none was passed in
  std::unique_ptr<LogProbe> probe_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ProducerWindows> windows_;  // null: read-only
  std::unique_ptr<Committer> committer_;      // null: read-only
  Databases databases_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Maintenance> maintenance_;  // null: read-only
  std::unique_ptr<Scheduler> scheduler_;      // null: read-only
  std::unique_ptr<LogMetrics> metrics_;       // null: read-only, or no registry was passed in
  std::function<absl::Status()> on_reopen_;
  TrimHolds holds_;
  ParkedReaders parked_;

  Mutex catch_up_mu_;  // one catching up at a time
  std::atomic<uint64_t> catch_ups_{0};
};

}  // namespace evlog

#endif  // EVLOG_LOG_LOG_H_
