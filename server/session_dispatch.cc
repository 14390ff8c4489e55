// From a request to its reply.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "embedded/here.h"
#include "log/base/status.h"
#include "server/exec_run.h"
#include "server/keyspace_events.h"
#include "server/session.h"

namespace evlog::server {

namespace {

// Requests under way at once; then no more are begun until half of them are done.
constexpr size_t kUnderWayMax = 4096;
// Commands that go to the storage pool at once.
constexpr size_t kQueuedMax = 128;
// With more to send nothing is read on the io thread: the pool's batches are sent one by one.
constexpr size_t kUnsentHere = size_t{256} << 10;

// What Redis shows of arguments in an error: the first ones, cut.
std::string UnknownCommand(Args args) {
  std::string shown;
  for (size_t i = 1; i < args.size() && shown.size() < 128; ++i) {
    shown += fmt::format("'{}' ", std::string(args[i].substr(0, 128 - shown.size())));
  }
  return fmt::format("ERR unknown command '{}', with args beginning with: {}",
                     std::string(args[0].substr(0, 128)), shown);
}

// A line of a request of HTTP that no client of ours sends: what follows was perhaps written by
// somebody else, as where a page lets a browser send it here.
bool IsHttp(Args args) { return Is(args[0], "POST") || Is(args[0], "HOST:"); }

// What CLIENT PAUSE WRITE holds, too: others may see it.
bool IsPublish(const CommandRow& row) { return row.mode == Mode::kTry && row.Has(flags::kPubSub); }

std::string CapitalName(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void Add(std::atomic<uint64_t>* count) { count->fetch_add(1, std::memory_order_relaxed); }

}  // namespace

uint64_t Session::TakeSlot() {
  return replies_.Take(client_->protocol, std::exchange(mute_next_, false) || muted_);
}

void Session::Count(const CommandRow& row) {
  client_->last_command.store(&row, std::memory_order_relaxed);
  CountCall(row, core_);
}

void Session::ReplyError(std::string_view error) {
  core_->error_stats().Count(error);
  replies_.Complete(TakeSlot(), [error](RespWriter& reply) { reply.Error(error); });
}

void Session::SetReplyMode(ReplyMode mode) {
  muted_ = mode == ReplyMode::kOff;
  mute_next_ = mode == ReplyMode::kSkipNext;
  // CLIENT REPLY ON is answered, the others are not.
  replies_.SetMuted(current_slot_, mode != ReplyMode::kOn);
}

// Other commands may have run while an EXEC waits for the disk: current_slot_ is theirs then.
void Session::KeepPush(std::string_view push) {
  replies_.Keep(exec_ != nullptr ? exec_->slot() : current_slot_, push);
}

std::string Session::Refusal(const CommandRow* row, Args args) const {
  if (row == nullptr) return UnknownCommand(args);
  if (row->Has(flags::kContainer) && args.size() > 1) {
    return fmt::format("ERR unknown subcommand '{}'. Try {} HELP.",
                       std::string(args[1].substr(0, 128)), CapitalName(row->name));
  }
  if (!row->AcceptsArgs(args.size())) {
    return fmt::format("ERR wrong number of arguments for '{}' command", std::string(row->name));
  }
  if (!client_->authenticated && !row->Has(flags::kNoAuth)) {
    return "NOAUTH Authentication required.";
  }
  if (client_->protocol == 2 && client_->subscribed() && !row->Has(flags::kSubscribed)) {
    return fmt::format(
        "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
        "allowed in this context",
        std::string(row->name));
  }
  if (queueing() && row->Has(flags::kNoMulti)) {
    return "ERR Command not allowed inside a transaction";
  }
  return {};
}

bool Session::IsPaused(const CommandRow& row, absl::Time now) const {
  return core_->pausing(now) && !row.Has(flags::kNoAuth) && row.group != "connection" &&
         (core_->pause().all || row.Has(flags::kWrite) || IsPublish(row) ||
          (row.mode == Mode::kExec && queueing() && multi_->writes));
}

// For INFO it is blocked, as in Redis.
void Session::SetHeld(bool held) {
  if (client_->held.load(std::memory_order_relaxed) == held) return;
  client_->held.store(held, std::memory_order_relaxed);
  core_->stats().blocked.fetch_add(held ? 1 : -1, std::memory_order_relaxed);
}

bool Session::MustWait(const CommandRow& row, absl::Time now) {
  const bool paused = IsPaused(row, now);
  SetHeld(paused);
  if (paused) {
    client_->last_command.store(&row, std::memory_order_relaxed);
    stall_ = Stall::kPaused;
    thread_->ResumeLater(shared_from_this());
    return true;
  }
  if (replies_.idle() || (row.mode == Mode::kLocal && block_ == nullptr)) return false;
  if (JoinsQueued(row)) return false;
  if (row.mode != Mode::kAppend || storage_busy_) {
    stall_ = Stall::kUntilIdle;
    return true;
  }
  if (replies_.open() < kUnderWayMax) return false;
  stall_ = Stall::kUntilRoom;
  return true;
}

void Session::CutOffHttp() {
  core_->Warn(fmt::format(
      "client {}: cut off: it sent a request of HTTP, as a page does that lets a browser send "
      "commands",
      client_->address));
  Cut();
}

bool Session::Dispatch(Args args) {
  const CommandRow* const row = FindCommand(args);
  if (row == nullptr && IsHttp(args)) {
    CutOffHttp();
    return true;
  }
  const std::string refusal = Refusal(row, args);
  if (!refusal.empty() && row != nullptr && row->mode == Mode::kExec) {
    return RefuseExec(*row, refusal);
  }
  if (!refusal.empty()) {
    if (queueing()) multi_->refused = true;
    // A container stands for the subcommand that there is not.
    const bool known = row != nullptr && !(row->Has(flags::kContainer) && args.size() > 1);
    if (known) Add(&core_->command_stats().Of(*row).rejected);
    ReplyError(refusal);
    return true;
  }
  if (queueing() && !row->Has(flags::kNotQueued)) {
    QueueForExec(*row, args);
    return true;
  }
  const absl::Time now = core_->Now();
  if (MustWait(*row, now)) return false;
  switch (row->mode) {
    case Mode::kLocal:
    case Mode::kOrdered:
      RunHere(*row, args, now);
      return true;
    case Mode::kTry:
    case Mode::kAppend:
      if (!queued_.empty()) break;  // it joins those before it
      // What much is read for is sent before there is more of it.
      if (row->mode == Mode::kTry && !IsPublish(*row) && unsent() > kUnsentHere) break;
      if (RunFast(*row, args, now)) return true;
      if (!replies_.idle()) {
        stall_ = Stall::kUntilIdle;
        return false;
      }
      break;
    case Mode::kExec:
      Count(*row);
      StartExec(*row);
      return true;
    case Mode::kStorage:
      break;
  }
  RunOnPool(*row, args, now);
  return true;
}

void Session::RunHere(const CommandRow& row, Args args, absl::Time now) {
  Count(row);
  current_slot_ = TakeSlot();
  replies_.Complete(current_slot_, [&](RespWriter& reply) {
    Call call{*core_, *client_, row, args, reply, client_->database, now, this};
    call.multi = &multi_;
    RunAndCount(call, now);
  });
}

bool Session::RunFast(const CommandRow& row, Args args, absl::Time now) {
  std::string written;
  RespWriter reply(&written, client_->protocol);
  Call call{*core_, *client_, row, args, reply, client_->database, now, this};
  answered_later_ = false;
  {
    const CommandTimer timer(core_->clock(), &core_->command_stats().Of(row), now);
    if (!row.fast(call)) return false;
  }
  Count(row);
  if (answered_later_) {
    storage_busy_ |= row.mode != Mode::kAppend;
    return true;
  }
  CountIfError(written, row, core_);
  replies_.Complete(TakeSlot(), [&written](RespWriter& out) { out.out()->append(written); });
  return true;
}

OpenedStream* Session::FindStream(std::string_view name) {
  return thread_->streams().Find(client_->database, name, core_->renames(), core_->Now());
}

bool Session::Append(OpenedStream* stream, Fields fields, const AppendOptions& options,
                     const TrimOptions* trim) {
  const bool plain =
      !options.id && !options.key && !options.idempotence && !options.durability && !options.expect;
  const bool shares = plain && stream->one_partition && thread_->appends().Shares(fields);
  Batch batch;
  if (!shares && !batch.Add(fields, {.key = options.key, .id = options.id}).ok()) return false;
  const uint64_t slot = TakeSlot();
  answered_later_ = true;
  ++under_way_;
  // Who hears of trims is told of each, by itself.
  const bool together = trim != nullptr && !options.idempotence && !options.durability &&
                        core_->settings().event_classes() == 0 &&
                        Here::CanTrim(stream->stream, *trim);
  if (trim != nullptr && !together) {
    if (trims_ == nullptr) trims_ = std::make_unique<std::deque<Trim>>();
    trims_->push_back({slot, stream->stream, stream->trimmed_to, *trim});
  }
  if (shares) {
    thread_->appends().Add(stream->stream, &stream->place, fields, together ? *trim : TrimOptions(),
                           {this, slot}, &turn_place_);
  } else {
    AppendOptions of_batch;  // its entry has the rest
    of_batch.durability = options.durability;
    of_batch.idempotence = options.idempotence;
    of_batch.expect = options.expect;
    thread_->appends().AppendAlone(stream->stream, std::move(batch), of_batch,
                                   together ? *trim : TrimOptions(), {this, slot});
  }
  return true;
}

Group* Session::FindGroup(std::string_view stream, std::string_view group) {
  OpenedStream* const opened = FindStream(stream);
  return opened == nullptr ? nullptr : StreamCache::FindGroup(opened, group);
}

bool Session::TrimAfter(uint64_t slot, EntryId id, uint64_t next_offset, bool appended) {
  const auto found = std::find_if(trims_->begin(), trims_->end(),
                                  [slot](const Trim& trim) { return trim.slot == slot; });
  if (found == trims_->end()) return true;
  Trim trim = std::move(*found);
  trims_->erase(found);
  if (!appended) return true;
  const Retention& keep = trim.options.keep;
  uint64_t reach = 0;  // 0: unknown
  if (keep.max_entries && trim.stream.options().partitions == 1) {
    if (next_offset <= *keep.max_entries) return true;
    reach = next_offset - *keep.max_entries;
    if (!keep.exact && *keep.max_entries != 0) reach -= reach % kApproximateEntries;
    if (reach <= *trim.trimmed_to) return true;
  }
  ++under_way_;
  core_->pool().Post([this, trim = std::move(trim), slot, id, reach]() mutable {
    const absl::StatusOr<TrimResult> trimmed = trim.stream.Trim(trim.options);
    if (trimmed.ok() && trimmed->entries > 0) {
      NotifyKeyspace(*core_, trim.stream.database(), kEventStream, "xtrim", trim.stream.name());
    }
    const bool reached = trimmed.ok() && trimmed->entries < trim.options.limit;
    thread_->PostJob([this, slot, id, reached, reach, mark = std::move(trim.trimmed_to)] {
      --under_way_;
      if (reached) *mark = std::max(*mark, reach);
      if (closed_) return RetireIfDone();
      // The entry is there, whatever became of the trim: the next one makes up for it.
      replies_.Complete(slot, [id](RespWriter& reply) { reply.Id(id); });
      AfterReply();
    });
  });
  return false;
}

void Session::OnAppendDone(const SharedAppend& done, size_t at) {
  --under_way_;
  if (closed_) return RetireIfDone();
  const uint64_t slot = done.waiters[at].slot;
  // Entries that share an append have ids one after the other.
  const EntryId id{done.result.first_id.ms, done.result.first_id.seq + at};
  const bool appended = done.status.ok();
  const bool added = appended && !done.result.duplicate;
  if (core_->settings().event_classes() != 0 && added) {
    NotifyKeyspace(*core_, done.stream.database(), kEventStream, "xadd", done.stream.name());
  }
  if (trims_ != nullptr && !TrimAfter(slot, id, done.result.offset + at + 1, added)) return;
  replies_.Complete(slot, [&](RespWriter& reply) {
    if (appended) return reply.Id(id);
    static const CommandRow& xadd = *FindCommandByName("xadd");
    const size_t mark = reply.Mark();
    ReplyAppendError(reply, done.status, done.expects);
    CountIfError(reply.Since(mark), xadd, core_);
  });
  AfterReply();
}

void Session::AfterReply() {
  if ((stall_ == Stall::kUntilIdle && replies_.idle()) ||
      (stall_ == Stall::kUntilRoom && replies_.open() <= kUnderWayMax / 2)) {
    return Resume();
  }
  SendLater();
}

void Session::SendLater() {
  if (!std::exchange(flush_queued_, true)) thread_->FlushLater(this);
}

// Commands of a pipeline that go to the pool go there together, up to one that may wait.
bool Session::JoinsQueued(const CommandRow& row) const {
  const bool may = row.mode == Mode::kStorage ||
                   (row.mode == Mode::kTry && !IsPublish(row));  // those are quick here
  return may && !queued_.empty() && queued_.size() < kQueuedMax &&
         replies_.open() == queued_.size() && !queued_.back()->row->Has(flags::kBlocking);
}

void Session::RunOnPool(const CommandRow& row, Args args, absl::Time now) {
  Count(row);
  auto job = std::make_unique<StorageJob>(args);
  job->row = &row;
  job->slot = TakeSlot();
  job->database = client_->database;
  job->protocol = client_->protocol;
  job->now = now;
  job->renames = core_->renames();
  queued_.push_back(std::move(job));
  storage_busy_ = true;
}

void Session::PostQueued() {
  if (queued_.empty()) return;
  ++under_way_;
  core_->pool().Post([this, jobs = std::exchange(queued_, {})]() mutable {
    for (const std::unique_ptr<StorageJob>& job : jobs) {
      RespWriter reply(&job->reply, job->protocol);
      Call call{*core_, *client_, *job->row, job->args.get(), reply, job->database, job->now};
      call.waiting = &job->waiting;
      call.opened = &job->opened;
      call.multi = &multi_;
      RunAndCount(call, core_->Now());
    }
    thread_->PostJob([this, done = std::move(jobs)]() mutable { OnStorageDone(done); });
  });
}

void Session::OnStorageDone(std::vector<std::unique_ptr<StorageJob>>& jobs) {
  --under_way_;
  for (const std::unique_ptr<StorageJob>& job : jobs) {
    if (!job->opened) continue;
    thread_->streams().Put(job->database, *job->opened, job->renames);
  }
  if (closed_) return RetireIfDone();
  std::unique_ptr<StorageJob>& last = jobs.back();
  const bool waits = last->waiting != nullptr && !ended_;
  for (const std::unique_ptr<StorageJob>& job : jobs) {
    if (job != last || !waits) Finish(*job);
  }
  if (waits) {
    WaitFor(*last->row, std::move(last->waiting), last->slot);
    return SendLater();
  }
  storage_busy_ = false;
  AfterReply();
}

void Session::Finish(StorageJob& job) {
  replies_.Complete(job.slot, [&job](RespWriter& reply) {
    if (job.waiting != nullptr) return;  // as OnWaits
    reply.out()->append(job.reply);
  });
}

}  // namespace evlog::server
