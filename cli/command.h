// A verb of the command line, and what it may touch.
#ifndef EVLOG_CLI_COMMAND_H_
#define EVLOG_CLI_COMMAND_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/status_line.h"
#include "evlog/clock.h"

namespace CLI {
class App;
}

namespace evlog::cli {

// The process as a command sees it. Outlives the command.
struct Environment {
  Clock* clock;
  Interrupt* interrupt;
  Output* output;               // data
  StatusLine* status;           // everything else
  std::string verb;             // which of them runs, its family before it
  std::string at;               // --at, or else EVLOG_AT; empty: neither
  bool at_from_environment;     // it is that of EVLOG_AT
  std::optional<int> database;  // --db
  int input_fd;                 // stdin, where answers come from
  bool interactive;             // whether there is somebody to ask
  // What is answered by a server that is not evlog's: what was asked for, Redis has not.
  absl::Status unless_evlog = {};
};

// One verb: it declares its options, then runs once. Options are bound to its members.
class Command {
 public:
  virtual ~Command() = default;
  virtual void AddOptions(CLI::App* app) = 0;
  // The exit code, or an error that main prints as `evlog: VERB: why` and maps by ExitCodeFor.
  virtual absl::StatusOr<ExitCode> Run(Environment& env) = 0;
};

std::unique_ptr<Command> MakeCompleteCommand();
std::unique_ptr<Command> MakeCompletionCommand();
std::unique_ptr<Command> MakeShareCommand();
std::unique_ptr<Command> MakeCreateCommand();
std::unique_ptr<Command> MakeAppendCommand();
std::unique_ptr<Command> MakeReadCommand();
std::unique_ptr<Command> MakeTailCommand();
std::unique_ptr<Command> MakeStreamsCommand();
std::unique_ptr<Command> MakeInfoCommand();
std::unique_ptr<Command> MakeReplayCommand();
std::unique_ptr<Command> MakeAlterCommand();
std::unique_ptr<Command> MakeRenameCommand();
std::unique_ptr<Command> MakeCopyCommand();
std::unique_ptr<Command> MakeTrimCommand();
std::unique_ptr<Command> MakeDeleteCommand();
std::unique_ptr<Command> MakeDropCommand();
std::unique_ptr<Command> MakeVerifyCommand();
std::unique_ptr<Command> MakeBackupCommand();
std::unique_ptr<Command> MakeBackupsCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeRestoreCommand();
std::unique_ptr<Command> MakeGroupsListCommand();
std::unique_ptr<Command> MakeGroupsCreateCommand();
std::unique_ptr<Command> MakeGroupsDescribeCommand();
std::unique_ptr<Command> MakeGroupsAlterCommand();
std::unique_ptr<Command> MakeGroupsSeekCommand();
std::unique_ptr<Command> MakeGroupsAddConsumerCommand();
std::unique_ptr<Command> MakeGroupsRemoveConsumerCommand();
std::unique_ptr<Command> MakeGroupsPauseCommand();
std::unique_ptr<Command> MakeGroupsResumeCommand();
std::unique_ptr<Command> MakeGroupsDeleteCommand();
std::unique_ptr<Command> MakePendingCommand();
std::unique_ptr<Command> MakeAckCommand();
std::unique_ptr<Command> MakeNackCommand();
std::unique_ptr<Command> MakeClaimCommand();
std::unique_ptr<Command> MakeDelayedListCommand();
std::unique_ptr<Command> MakeDelayedCancelCommand();
std::unique_ptr<Command> MakeDlqAddCommand();
std::unique_ptr<Command> MakeDlqListCommand();
std::unique_ptr<Command> MakeDlqShowCommand();
std::unique_ptr<Command> MakeDlqReplayCommand();
std::unique_ptr<Command> MakeDlqDropCommand();
std::unique_ptr<Command> MakeBenchAppendCommand();
std::unique_ptr<Command> MakeBenchReadCommand();
std::unique_ptr<Command> MakeBenchConsumeCommand();
std::unique_ptr<Command> MakeBenchPubsubCommand();
std::unique_ptr<Command> MakeCheckLagCommand();
std::unique_ptr<Command> MakeTopCommand();
std::unique_ptr<Command> MakeServeCommand();
std::unique_ptr<Command> MakePubCommand();
std::unique_ptr<Command> MakeSubCommand();
std::unique_ptr<Command> MakeRouteAddCommand();
std::unique_ptr<Command> MakeRouteListCommand();
std::unique_ptr<Command> MakeRouteRemoveCommand();

}  // namespace evlog::cli

#endif  // EVLOG_CLI_COMMAND_H_
