// evlog read: prints what a stream holds, and ends.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"
#include "cli/reading.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  evlog read orders --from @-1h --type placed --type paid\n"
    "  evlog read orders -n 10 --reverse --format '{time} {key} {field:total}'\n"
    "  evlog read 'order-*' --from @-1h --format json";

class ReadCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(std::string(kPositionsHelp) + kFooter);
    options_.AddTo(app);
    app->add_option("-n", options_.count, "At most so many entries")->type_name("N");
    app->add_flag("--reverse", reverse_, "Newest first");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const Selection selection, options_.Select(env.clock->Now()));
    ASSIGN_OR_RETURN(
        EntryPrinter printer,
        EntryPrinter::Make(options_, selection, options_.count.value_or(UINT64_MAX), env.output));
    ReadRequest request = selection.request;
    if (reverse_) {
      if (selection.names.many) {
        return InvalidArgument("--reverse: {} is read in commit order, which only goes forwards",
                               selection.names.Described());
      }
      request.direction = Direction::kBackward;
    }
    // What is there now: without an end, a busy writer could keep us for ever.
    if (!request.until.has_value()) request.until = Bound::End();
    if (printer.all() && options_.count.has_value()) {
      request.limit = std::min(request.limit, *options_.count);
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    const absl::StatusOr<std::unique_ptr<EntrySource>> source =
        log->Read(request, env.interrupt->token());
    if (absl::IsCancelled(source.status())) return ExitCode::kInterrupted;
    if (!source.ok()) return source.status();
    return Print(env, source->get(), &printer);
  }

 private:
  static absl::StatusOr<ExitCode> Print(Environment& env, EntrySource* source,
                                        EntryPrinter* printer) {
    ChunkView chunk;
    const std::stop_token stop = env.interrupt->token();
    while (!printer->done() && !stop.stop_requested()) {
      const absl::StatusOr<bool> more = source->Next(&chunk, absl::InfinitePast(), stop);
      if (absl::IsCancelled(more.status())) break;
      if (!more.ok()) {
        // What was read before the damage is shown all the same.
        RETURN_IF_ERROR(printer->Flush());
        return more.status();
      }
      if (!*more) break;
      TellGap("read", chunk, env.status);
      RETURN_IF_ERROR(printer->Print(chunk, Origins(*source)));
    }
    RETURN_IF_ERROR(printer->Flush());
    return stop.stop_requested() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

  ReadingOptions options_;
  bool reverse_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeReadCommand() { return std::make_unique<ReadCommand>(); }

}  // namespace evlog::cli
