// MULTI: queueing commands, and carrying them out.
#include <fmt/format.h>

#include <utility>

#include "server/exec_run.h"
#include "server/session.h"

namespace evlog::server {

void Session::QueueForExec(const CommandRow& row, Args args) {
  auto command = std::make_unique<QueuedCommand>(&row, args);
  const size_t memory = sizeof(*command) + command->args.memory();
  if (multi_->memory + memory > core_->request_limits().request_bytes) {
    multi_->refused = true;
    return ReplyError(fmt::format("ERR the commands of a MULTI take more than {} bytes",
                                  core_->request_limits().request_bytes));
  }
  multi_->memory += memory;
  multi_->writes |= row.Has(flags::kWrite);
  multi_->commands.push_back(std::move(command));
  client_->multi = static_cast<int>(multi_->commands.size());
  client_->last_command = &row;
  replies_.Complete(TakeSlot(), [](RespWriter& reply) { reply.Simple("QUEUED"); });
}

// Nothing is left then of the transaction, nor of what is watched, as in Redis.
bool Session::RefuseExec(const CommandRow& row, std::string_view refusal) {
  if (!replies_.idle()) {  // a WATCH may be under way
    stall_ = Stall::kUntilIdle;
    return false;
  }
  multi_.reset();
  client_->multi = -1;
  core_->command_stats().Of(row).rejected.fetch_add(1, std::memory_order_relaxed);
  if (refusal.starts_with("ERR ")) refusal.remove_prefix(4);
  ReplyError(fmt::format("EXECABORT Transaction discarded because of: {}", std::string(refusal)));
  return true;
}

void Session::StartExec(const CommandRow& row) {
  const auto refuse = [this, &row](std::string_view error) {
    core_->command_stats().Of(row).failed.fetch_add(1, std::memory_order_relaxed);
    ReplyError(error);
  };
  if (!queueing()) return refuse("ERR EXEC without MULTI");
  std::unique_ptr<MultiState> multi = std::move(multi_);
  client_->multi = -1;
  if (multi->refused) {
    return refuse("EXECABORT Transaction discarded because of previous errors.");
  }
  const uint64_t number = multi->writes ? core_->exec_gate().Begin() : 0;
  exec_ = std::make_unique<ExecRun>(TakeSlot(), number, std::move(multi));
  current_slot_ = exec_->slot();
  storage_busy_ = true;
  ContinueExec();
}

// All of it is carried out, also when the client has gone.
void Session::ContinueExec() {
  const absl::Time now = core_->Now();
  while (const QueuedCommand* const command = exec_->NextLocal()) {
    if (!closed_) {
      RespWriter reply(&exec_->replies(), client_->protocol);
      CountCall(*command->row, core_);
      Call call{*core_, *client_,          *command->row, command->args.get(),
                reply,  client_->database, now,           this};
      call.multi = &multi_;
      RunAndCount(call, core_->Now());
    }
    exec_->PassLocal();
  }
  if (exec_->done()) return EndExec();
  ++under_way_;
  core_->pool().Post(
      [this, database = client_->database.load(), protocol = client_->protocol.load(), now] {
        exec_->RunStored(core_, client_.get(), database, protocol, now);
        thread_->PostJob([this] {
          --under_way_;
          ContinueExec();
        });
      });
}

void Session::EndExec() {
  const std::unique_ptr<ExecRun> run = std::move(exec_);
  storage_busy_ = false;
  if (run->number() != 0) core_->exec_gate().End(run->number());
  if (closed_) return RetireIfDone();
  replies_.Complete(run->slot(), [&run](RespWriter& reply) {
    if (run->aborted()) return reply.NullArray();
    reply.Array(run->size());
    reply.out()->append(run->replies());
  });
  AfterReply();
}

}  // namespace evlog::server
