// evlog: the command line of the log. One row per verb below; each verb is a command_*.cc.
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/target/redis_address.h"
#include "cli/target/refusals.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

struct Verb {
  const char* name;  // with a space: that of a family, and which of it
  const char* summary;
  std::unique_ptr<Command> (*make)();
};

// Verbs about one thing: `evlog groups list`.
struct Family {
  std::string_view name;
  const char* summary;
  ExitCode usage = ExitCode::kUsage;  // when the command line is wrong
};

constexpr Family kFamilies[] = {
    {"groups", "Consumer groups: list, create, describe, alter, seek, pause, resume, delete, ..."},
    {"delayed", "Delayed appends: list, cancel"},
    {"dlq", "The dead letters of a group: list, show, replay, drop, add"},
    {"route", "Channels whose messages become entries of streams: add, list, remove"},
    {"bench", "Load on a log, and how it takes it: append, read, consume, pubsub"},
    {"check", "For monitoring systems, with their exit codes: lag", ExitCode::kUnknown},
};

constexpr Verb kVerbs[] = {
    {"serve", "Answer Redis' clients over the network", MakeServeCommand},
    {"pub", "Publish messages to a channel of a server", MakePubCommand},
    {"sub", "Print the messages of channels of a server as they come", MakeSubCommand},
    {"create", "Make a stream", MakeCreateCommand},
    {"append", "Append an entry, or each line of files and pipes", MakeAppendCommand},
    {"read", "Print entries and end", MakeReadCommand},
    {"tail", "Print the newest entries, then follow", MakeTailCommand},
    {"replay", "Send a range of a stream again, to a stream or a command", MakeReplayCommand},
    {"streams", "List streams", MakeStreamsCommand},
    {"info", "Describe a stream, or the log as a whole", MakeInfoCommand},
    {"top", "Show what goes on: rates, lag, memory, disk, slow clients", MakeTopCommand},
    {"alter", "Change the settings of a stream", MakeAlterCommand},
    {"rename", "Give a stream another name", MakeRenameCommand},
    {"copy", "Make a stream of what another one holds", MakeCopyCommand},
    {"trim", "Remove the oldest entries of a stream", MakeTrimCommand},
    {"delete", "Remove single entries of a stream", MakeDeleteCommand},
    {"drop", "Remove a stream with all of its entries", MakeDropCommand},
    {"backup", "Add a backup of the log, which may be in use", MakeBackupCommand},
    {"backups", "List backups, and check that they are whole", MakeBackupsCommand},
    {"restore", "Make a directory what the log was when a backup was taken", MakeRestoreCommand},
    {"verify", "Read everything and check that it is whole", MakeVerifyCommand},
    {"doctor", "Examine what a log stands on; give up what is damaged for good", MakeDoctorCommand},
    {"groups list", "List consumer groups", MakeGroupsListCommand},
    {"groups create", "Make a consumer group of a stream", MakeGroupsCreateCommand},
    {"groups describe", "Describe a group: how it delivers, how far it is, its consumers",
     MakeGroupsDescribeCommand},
    {"groups alter", "Change how a group delivers", MakeGroupsAlterCommand},
    {"groups seek", "Let a group go on from another place", MakeGroupsSeekCommand},
    {"groups pause", "Let a group deliver nothing until it is resumed", MakeGroupsPauseCommand},
    {"groups resume", "Let a paused group deliver again", MakeGroupsResumeCommand},
    {"groups add-consumer", "Make a consumer known to a group", MakeGroupsAddConsumerCommand},
    {"groups remove-consumer", "Let a consumer leave its group", MakeGroupsRemoveConsumerCommand},
    {"groups delete", "Remove a group; the stream keeps its entries", MakeGroupsDeleteCommand},
    {"pending", "List what a group has delivered and nobody has acknowledged", MakePendingCommand},
    {"ack", "Acknowledge pending entries of a group", MakeAckCommand},
    {"nack", "Give pending entries back to their group", MakeNackCommand},
    {"claim", "Let a consumer take over what others of its group have", MakeClaimCommand},
    {"delayed list", "List delayed appends, the first due first", MakeDelayedListCommand},
    {"delayed cancel", "Take delayed appends back", MakeDelayedCancelCommand},
    {"dlq list", "List what a group has given up, and why", MakeDlqListCommand},
    {"dlq show", "Print dead letters whole", MakeDlqShowCommand},
    {"dlq replay", "Put dead letters back into the stream they are from", MakeDlqReplayCommand},
    {"dlq drop", "Delete dead letters", MakeDlqDropCommand},
    {"dlq add", "Put pending entries into the dead letters, by hand", MakeDlqAddCommand},
    {"route add", "Append to a stream what is published to channels", MakeRouteAddCommand},
    {"route list", "List routes", MakeRouteListCommand},
    {"route remove", "Take a route away; the stream keeps its entries", MakeRouteRemoveCommand},
    {"bench append", "Append as fast as it goes, or at a rate", MakeBenchAppendCommand},
    {"bench read", "Read what is there, or follow producers", MakeBenchReadCommand},
    {"bench consume", "Read and acknowledge in consumer groups", MakeBenchConsumeCommand},
    {"bench pubsub", "Publish to channels and subscribe to them", MakeBenchPubsubCommand},
    {"check lag", "Whether groups are behind: 0 ok, 1 warning, 2 critical, 3 unknown",
     MakeCheckLagCommand},
    {"completion", "Print a script that makes a shell complete verbs, options and names",
     MakeCompletionCommand},
    {"complete", "Print what may stand next on a command line", MakeCompleteCommand},
    {"share", "Write manual pages, completions and the default configuration", MakeShareCommand},
};

// Verbs that open no log, or none that --at names, whatever it is.
constexpr std::string_view kWithoutPlace[] = {"backups", "serve", "completion", "complete",
                                              "share"};

constexpr char kDescription[] =
    "evlog, an append-only, partitioned event log in a directory.\n"
    "\n"
    "  seq 1 1000000 | evlog append numbers --lines --at /tmp/log\n"
    "  evlog tail numbers --at /tmp/log";

constexpr char kFooter[] =
    "Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 conflict, 5 nothing within the time,\n"
    "130 interrupted. Data goes to stdout, everything else to stderr.";

constexpr char kAtHelp[] = "The directory of the log, or redis://HOST:PORT (or set EVLOG_AT)";
constexpr char kDatabaseHelp[] = "Which database of the log: 0 (the default) to 15";

// What the command line asks for; `done` when that was help or nonsense.
struct Request {
  std::unique_ptr<CLI::App> app;  // commands keep their options, so it outlives them
  std::string verb;
  std::unique_ptr<Command> command;
  const CLI::App* app_of_verb = nullptr;
  std::string at;
  std::optional<int> database;
  bool done = false;
  ExitCode code = ExitCode::kOk;
};

// CLI11 takes an argument like "[a=1,b=2]" for a list. A zero byte, which no argument can hold,
// hides the bracket from it until Unshield, which runs first of all on every value.
std::string Shield(std::string argument) {
  if (argument.ends_with(']')) argument.push_back('\0');
  return argument;
}
std::string Unshield(std::string value) {
  if (value.ends_with('\0')) value.pop_back();
  return value;
}

// CLI11 would read "-1" as 2^64 - 1.
std::string RefuseNegative(const std::string& value) {
  return value.starts_with('-') ? value + " is negative" : "";
}

// The options of every verb. Bound to the request, so that they may stand anywhere.
void AddPlace(CLI::App* app, Request* request) {
  app->add_option("--at", request->at, kAtHelp)->type_name("DIR|URL");
  app->add_option("--db", request->database, kDatabaseHelp)->type_name("N");
}

// Null: there is none of that name.
const Family* FindFamily(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                   [name](const Family& family) { return family.name == name; });
  return found == std::end(kFamilies) ? nullptr : found;
}

// The subcommand of a verb, below that of its family, which is made before the first of them.
CLI::App* AddVerb(CLI::App* app, const Verb& verb, Request* request) {
  const std::string name = verb.name;
  const size_t space = name.find(' ');
  if (space == std::string::npos) return app->add_subcommand(name, verb.summary);
  const std::string family = name.substr(0, space);
  const std::vector<CLI::App*> known =
      app->get_subcommands([&](CLI::App* sub) { return sub->get_name() == family; });
  CLI::App* parent = known.empty() ? nullptr : known.front();
  if (parent == nullptr) {
    parent = app->add_subcommand(family, FindFamily(family)->summary);
    parent->require_subcommand(1);
    parent->footer("");
    AddPlace(parent, request);
  }
  return parent->add_subcommand(name.substr(space + 1), verb.summary);
}

// Says on stderr why the command line is none, and answers with which code that ends.
ExitCode RefuseUsage(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* named = &app;  // as far as verbs were found
  std::string verb;
  while (!named->get_subcommands().empty()) {
    named = named->get_subcommands().front();
    verb += " " + named->get_name();
  }
  std::string why = error.what();
  const std::vector<std::string> rest = named->remaining();
  if (named->get_require_subcommand_min() != 0 && !rest.empty()) {
    why = "there is no verb " + Quoted((verb + " " + Unshield(rest.front())).substr(1));
  }
  std::cerr << "evlog:" << (verb.empty() ? " usage" : verb) << ": " << why << "\n"
            << "Try: evlog" << verb << " --help\n";
  if (app.get_subcommands().empty()) return ExitCode::kUsage;
  const Family* family = FindFamily(app.get_subcommands().front()->get_name());
  return family == nullptr ? ExitCode::kUsage : family->usage;
}

Request Parse(int argc, char** argv) {
  Request request;
  request.app = std::make_unique<CLI::App>(kDescription, "evlog");
  CLI::App& app = *request.app;
  app.footer(kFooter);
  app.set_version_flag("--version", "evlog " EVLOG_VERSION);
  AddPlace(&app, &request);
  // Exactly one, also so that a stream may be called like a verb.
  app.require_subcommand(1);
  std::vector<std::unique_ptr<Command>> commands;
  std::vector<const CLI::App*> subs;
  for (const Verb& verb : kVerbs) {
    commands.push_back(verb.make());
    CLI::App* sub = AddVerb(&app, verb, &request);
    subs.push_back(sub);
    AddPlace(sub, &request);
    sub->footer("");
    commands.back()->AddOptions(sub);
    for (CLI::Option* option : sub->get_options()) {
      if (option->get_items_expected_max() != 0) option->transform(Unshield);
    }
    for (const char* number : {"-n", "--limit", "--partition"}) {
      CLI::Option* option = sub->get_option_no_throw(number);
      if (option != nullptr) option->check(RefuseNegative, "");
    }
  }
  std::vector<std::string> arguments;  // in reverse, as CLI11 wants them
  for (int i = argc - 1; i > 0; --i) arguments.push_back(Shield(argv[i]));
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    request.done = true;
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error, std::cout, std::cerr);
      return request;
    }
    request.code = RefuseUsage(app, error);
    return request;
  }
  for (size_t i = 0; i < std::size(kVerbs); ++i) {
    if (!subs[i]->parsed()) continue;
    request.verb = kVerbs[i].name;
    request.command = std::move(commands[i]);
    request.app_of_verb = subs[i];
  }
  return request;
}

// Whether another process has the directory; UNAVAILABLE is also of a disk that fails.
bool IsHeld(const absl::Status& status) {
  return absl::IsUnavailable(status) &&
         MessageOf(status).find("held by another process") != std::string::npos;
}

// Runs the verb, once it is known that it is for what --at names.
absl::StatusOr<ExitCode> RunOn(Environment& env, const Request& request) {
  const auto given = [&request](const char* name) {
    const CLI::Option* option = request.app_of_verb->get_option_no_throw(name);
    return option != nullptr && option->count() != 0;
  };
  const bool channels = env.verb == "pub" || env.verb == "sub";
  if (channels && !IsRedisAddress(env.at)) {
    return InvalidArgument(
        "channels are in the memory of a server: give --at redis://HOST:PORT, of `evlog serve` or "
        "Redis");
  }
  const bool of_place = std::find(std::begin(kWithoutPlace), std::end(kWithoutPlace), env.verb) ==
                        std::end(kWithoutPlace);
  if (IsRedisAddress(env.at) && of_place) {
    ASSIGN_OR_RETURN(const RedisAddress address, ParseRedisAddress(env.at));
    ASSIGN_OR_RETURN(const int database, DatabaseOf(address, env.database));
    if (env.verb != "top") env.database = database;  // which looks at all when none is named
    RETURN_IF_ERROR(CheckServerCan(env.verb, given, &env.unless_evlog));
  }
  absl::StatusOr<ExitCode> code = request.command->Run(env);
  absl::Status ignored;
  if (!IsHeld(code.status()) || !CheckServerCan(env.verb, given, &ignored).ok()) return code;
  return Error(code.status().code(), "{}; where that is a server, {} redis://HOST:PORT reaches it",
               MessageOf(code.status()), given("--to-at") ? "--to-at" : "--at");
}

int Main(int argc, char** argv) {
  Request request = Parse(argc, argv);
  if (request.done) return static_cast<int>(request.code);
  const char* const from_environment = getenv("EVLOG_AT");
  const bool by_environment = request.at.empty() && from_environment != nullptr;
  if (by_environment) request.at = from_environment;
  Clock* clock = SystemClock();
  StatusLine status(STDERR_FILENO, isatty(STDERR_FILENO) != 0, clock);
  Output output(STDOUT_FILENO);
  absl::StatusOr<std::unique_ptr<Interrupt>> interrupt = Interrupt::Start();
  absl::Status failed = interrupt.status();
  if (failed.ok()) {
    const bool interactive = isatty(STDIN_FILENO) != 0 && status.terminal();
    Environment env{clock,      interrupt->get(), &output,          &status,      request.verb,
                    request.at, by_environment,   request.database, STDIN_FILENO, interactive};
    const absl::StatusOr<ExitCode> code = RunOn(env, request);
    if (code.ok()) return static_cast<int>(*code);
    failed = code.status();
  }
  status.Say("evlog: " + request.verb + ": " + MessageOf(failed));
  // A monitoring system must not take a malformed address for a finding.
  const Family* family = FindFamily(request.verb.substr(0, request.verb.find(' ')));
  const bool unknown = family != nullptr && family->usage == ExitCode::kUnknown;
  return static_cast<int>(unknown ? ExitCode::kUnknown : ExitCodeFor(failed));
}

}  // namespace
}  // namespace evlog::cli

int main(int argc, char** argv) { return evlog::cli::Main(argc, argv); }
