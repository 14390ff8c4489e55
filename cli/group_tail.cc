#include "cli/group_tail.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/group_printing.h"
#include "cli/stream_names.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Delivered and acknowledged together: after a crash at most so many are printed once more.
constexpr uint64_t kReadEntries = 100;

}  // namespace

void GroupTail::AddTo(CLI::App* app) {
  app->add_option("--group", group, "Only what this consumer group delivers to --consumer")
      ->type_name("GROUP");
  app->add_option("--consumer", consumer, "Of the group: who reads; made when it is not known")
      ->type_name("CONSUMER");
  app->add_flag("--ack", ack, "Of the group: acknowledge entries once they were written");
}

absl::Status GroupTail::Check(const ReadingOptions& reading) const {
  if (!group.has_value()) {
    if (!consumer.has_value() && !ack) return absl::OkStatus();
    return InvalidArgument("{} is of a group; give --group",
                           consumer.has_value() ? "--consumer" : "--ack");
  }
  if (!consumer.has_value()) return InvalidArgument("--group: give --consumer, who reads");
  struct Given {
    const char* option;
    bool given;
  };
  const Given others[] = {
      {"--from", reading.from.has_value()},
      {"--until", reading.until.has_value()},
      {"--after", reading.after.has_value()},
      {"--type", !reading.types.empty()},
      {"--partition", reading.partition.has_value()},
      {"--where", !reading.where.empty()},
      {"--grep", !reading.grep.empty()},
  };
  for (const Given& other : others) {
    if (!other.given) continue;
    return InvalidArgument("{}: with --group, the group says which entries come", other.option);
  }
  const StreamNames names = ParseStreamNames(reading.stream);
  if (names.many) {
    return InvalidArgument("--group: a group is of one stream, not of {}", names.Described());
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> GroupTail::Run(Environment& env, const ReadingOptions& reading,
                                        bool follow, absl::Duration timeout) const {
  const std::string stream = ParseStreamNames(reading.stream).text;
  FormatOptions format = reading.format;
  if (reading.zero) format.terminator = '\0';
  ASSIGN_OR_RETURN(DeliveryPrinter printer,
                   DeliveryPrinter::Make(format, stream, !IsRedisAddress(env.at), env.output));
  ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
  ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> reader, log->OpenGroup(stream, *group));
  if (follow) env.interrupt->WatchOutput(env.output->fd());
  bool came = false;
  absl::Time patience = follow ? env.clock->Now() + timeout : absl::InfinitePast();
  for (uint64_t left = reading.count.value_or(UINT64_MAX); left != 0;) {
    GroupReadOptions read;
    read.count = std::min(left, kReadEntries);  // no more than are printed
    read.deadline = patience;
    read.stop = env.interrupt->token();
    const absl::StatusOr<HandedOut> got = reader->Read(*consumer, read);
    if (absl::IsCancelled(got.status())) break;
    if (!got.ok()) return got.status();
    if (got->entries == 0) {
      RETURN_IF_ERROR(log->Finish(/*removed=*/false));
      return follow && !came ? ExitCode::kNothingCame : ExitCode::kOk;
    }
    came = true;
    ASSIGN_OR_RETURN(const bool written, printer.Print(got->runs));
    if (!written) break;
    if (ack) RETURN_IF_ERROR(reader->AckRead(*got));
    left -= got->entries;
    if (env.interrupt->token().stop_requested()) break;
    if (follow) patience = env.clock->Now() + timeout;
  }
  RETURN_IF_ERROR(log->Finish(/*removed=*/false));
  return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
}

}  // namespace evlog::cli
