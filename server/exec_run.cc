#include "server/exec_run.h"

#include <algorithm>

#include "server/command_table.h"
#include "server/commands/key_version.h"

namespace evlog::server {

namespace {

bool IsLocal(const QueuedCommand& command) {
  return command.row->mode == Mode::kLocal || command.row->mode == Mode::kOrdered;
}

}  // namespace

const QueuedCommand* ExecRun::NextLocal() const {
  if (!looked_ || aborted_ || next_ == size()) return nullptr;
  const QueuedCommand& next = *multi_->commands[next_];
  return IsLocal(next) ? &next : nullptr;
}

bool ExecRun::IsUnchanged(const Call& call) const {
  return std::all_of(
      multi_->watched.begin(), multi_->watched.end(), [&call](const WatchedKey& key) {
        Call of_key = call;
        of_key.database = key.database;
        const absl::StatusOr<std::optional<KeyVersion>> now = FindVersion(of_key, key.name);
        return now.ok() && *now == key.version;
      });
}

bool ExecRun::Commit(const Call& call, StagedWrites* writes, RespWriter& reply) {
  if (writes->empty()) return true;
  const absl::Status status = writes->Commit(reply);
  if (!status.ok()) {
    // Nothing was done yet: somebody may have been between the look and the commit.
    if (!began_ && absl::IsAborted(status) && !writes->IsUnchanged(call)) return false;
    writes->RunOneByOne();
  }
  began_ = true;
  return true;
}

void ExecRun::RunStored(Core* core, Client* client, int database, int protocol, absl::Time now) {
  static constexpr CommandRow kNone{};
  RespWriter reply(&replies_, protocol);
  const Call look{*core, *client, kNone, {}, reply, database, now};
  if (!looked_) {
    looked_ = true;
    aborted_ = !IsUnchanged(look);
  }
  while (!aborted_ && next_ < size() && !IsLocal(*multi_->commands[next_])) {
    StagedWrites writes(began_ ? nullptr : &multi_->watched);
    const QueuedCommand* alone = nullptr;
    for (; alone == nullptr && next_ < size() && !IsLocal(*multi_->commands[next_]); ++next_) {
      const QueuedCommand& command = *multi_->commands[next_];
      CountCall(*command.row, core);
      const Call call{*core, *client, *command.row, command.args.get(), reply, database, now};
      if (!writes.Take(call)) alone = &command;
    }
    if (!Commit(look, &writes, reply)) {
      aborted_ = true;
      return;
    }
    if (alone == nullptr) continue;
    Call call{*core, *client, *alone->row, alone->args.get(), reply, database, now};
    RunAndCount(call, core->Now());
    began_ = true;
  }
}

}  // namespace evlog::server
