// evlog append: one entry from the arguments, or many from files and pipes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/bulk_append.h"
#include "cli/bulk_run.h"
#include "cli/command.h"
#include "cli/delay_flags.h"
#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/expectation.h"
#include "cli/filter.h"
#include "cli/producer_flags.h"
#include "cli/record_source.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  evlog append orders type=placed total=12.50 --key total\n"
    "  evlog append words --lines /usr/share/dict/words\n"
    "  journalctl -o json | evlog append journal --jsonl --key _TRANSPORT --partitions 8\n"
    "  evlog append account-17 type=opened --expect none   # exit code 4: it has entries\n"
    "  evlog append reminders to=ann text=call --delay 15m     # prints a ticket\n"
    "  evlog append sales --jsonl till.jsonl --producer till-7 --sequence 1   # may be repeated";

// docs/json-output.md. Without entries there are no ids, and no place; `placed`: it is known.
void AppendResultJson(const AppendResult& result, bool placed, uint64_t entries,
                      uint64_t duplicates, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{{\"entries\":{}", entries);
  if (result.first_id == EntryId::Min()) {
    out->append(",\"first_id\":null,\"last_id\":null,\"partition\":null,\"offset\":null");
  } else {
    fmt::format_to(std::back_inserter(*out), ",\"first_id\":\"{}\",\"last_id\":\"{}\"",
                   result.first_id.ToString(), result.last_id.ToString());
    fmt::format_to(std::back_inserter(*out), ",\"partition\":{},\"offset\":{}",
                   placed ? std::to_string(result.partition) : "null",
                   placed ? std::to_string(result.offset) : "null");
  }
  fmt::format_to(std::back_inserter(*out), ",\"duplicates\":{}}}\n", duplicates);
}

class AppendCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream; made when it is missing")->required();
    app->add_option("FIELD=VALUE|FILE", arguments_,
                    "Fields of one entry; with --lines, --jsonl, --csv: files (- is stdin)");
    app->add_flag("--lines", lines_, "Each line is an entry with the field `line`");
    app->add_flag("--jsonl", jsonl_, "Each line is a JSON object; its members are the fields");
    app->add_flag("--csv", csv_, "The first line names the fields of the others");
    app->add_option("--key", key_field_, "The field whose value is the key of each entry")
        ->type_name("FIELD");
    app->add_option("--id", id_, "The id of the one entry (ms-seq) instead of an automatic one")
        ->type_name("ID");
    app->add_option(
           "--durability", durability_,
           "sync, os or async instead of the stream's level; a stream made here takes it over")
        ->type_name("LEVEL");
    app->add_option("--partitions", partitions_, "Partitions of a stream made here (1)")
        ->check(CLI::Range(1u, static_cast<unsigned>(kPartitionsMax)))
        ->type_name("N");
    app->add_option("--batch", bulk_.batch_entries, "Append at most so many entries at once")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--expect", expect_,
                    "Append only if this holds: none (it never had an entry), o:OFFSET (of the "
                    "entry to come), or the last ID; all entries then go as one, or none")
        ->type_name("WHAT");
    producer_.AddTo(app);
    delay_.AddTo(app);
    app->add_option("--format", format_, "text (one entry: its id), or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
    app->add_flag("--print-ids", print_ids_, "Print the id of each acknowledged entry");
    app->add_flag("--verbose", verbose_, "Say at the end how much it was, also without a terminal");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (lines_ + jsonl_ + csv_ > 1) {
      return InvalidArgument("--lines, --jsonl and --csv exclude each other");
    }
    const bool bulk = lines_ || jsonl_ || csv_;
    if (!bulk && arguments_.empty()) {
      return InvalidArgument("nothing to append; give FIELD=VALUE, or --lines, --jsonl or --csv");
    }
    if (bulk && id_.has_value()) return InvalidArgument("--id is for a single entry");
    if (print_ids_ && format_ == "json") {
      return InvalidArgument("--print-ids and --format json exclude each other");
    }
    if (print_ids_ && bulk && expect_.has_value()) {
      return InvalidArgument("--print-ids and --expect exclude each other: one batch, one answer");
    }
    if (expect_.has_value() && bulk && IsRedisAddress(env.at)) {
      return InvalidArgument("--expect: a server appends each entry by itself; give one entry");
    }
    if (expect_.has_value()) {
      ASSIGN_OR_RETURN(bulk_.expect, ParseExpectation(*expect_));
    }
    ASSIGN_OR_RETURN(bulk_.producer, producer_.Parse());
    if (bulk) RETURN_IF_ERROR(CheckProducer(bulk_.producer));
    if (delay_.given()) {
      RETURN_IF_ERROR(CheckDelay(bulk));
      ASSIGN_OR_RETURN(at_, delay_.At(env.clock->Now()));
    }
    StreamOptions options;
    if (durability_.has_value()) {
      ASSIGN_OR_RETURN(options.durability, ParseDurability(*durability_));
      bulk_.durability = options.durability;
    }
    options.partitions = partitions_.value_or(1);
    Single single;
    if (!bulk) RETURN_IF_ERROR(ParseSingle(&single));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kCreate));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetStream> stream,
                     log->OpenStream(stream_, options, IfMissing::kCreate));
    const std::optional<StreamOptions> is = stream->options();
    if (partitions_.has_value() && is.has_value() && is->partitions != *partitions_) {
      return Error(absl::StatusCode::kAlreadyExists, "CONFLICT: stream {} has {} partitions",
                   Quoted(stream_), is->partitions);
    }
    const absl::StatusOr<ExitCode> code = at_.has_value() ? Delay(env, single, *stream)
                                          : bulk          ? AppendBulk(env, *stream)
                                                          : AppendOne(env, single, *stream);
    if (const std::optional<Conflict> conflict = ConflictOf(code.status())) {
      if (format_ == "json") AppendConflictJson(*conflict, env.output->buffer());
      RETURN_IF_ERROR(env.output->Flush());
      return ExplainConflict(code.status(), *conflict);
    }
    RETURN_IF_ERROR(code.status());
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return *code;
  }

 private:
  struct Single {
    std::vector<FieldView> fields;
    AppendOptions options;
  };

  // How many entries go in an append is not only the producer's matter.
  absl::Status CheckProducer(const Producer& producer) const {
    const bool numbered = producer.by == Producer::By::kSequence;
    if (bulk_.expect.has_value() && (numbered || producer.each())) {
      return InvalidArgument(
          "--expect makes all entries one append, for which only --idempotence-id is a mark");
    }
    if (print_ids_ && (numbered || producer.whole())) {
      return InvalidArgument("--print-ids and --{} exclude each other: entries go in batches",
                             numbered ? "sequence" : "idempotence-id");
    }
    return absl::OkStatus();
  }

  // A delayed entry has no id yet, and nothing that would be judged now.
  absl::Status CheckDelay(bool bulk) const {
    if (bulk) return InvalidArgument("--delay and --deliver-at are for a single entry");
    if (id_.has_value() || expect_.has_value() || print_ids_ ||
        bulk_.producer.by != Producer::By::kNothing) {
      return InvalidArgument(
          "--delay and --deliver-at exclude --id, --expect, --print-ids and --producer");
    }
    return absl::OkStatus();
  }

  absl::Status ParseSingle(Single* single) const {
    for (const std::string& argument : arguments_) {
      ASSIGN_OR_RETURN(const FieldView field, SplitField(argument));
      single->fields.push_back(field);
    }
    ASSIGN_OR_RETURN(single->options.key, FindKey(key_field_, single->fields));
    if (id_.has_value()) {
      ASSIGN_OR_RETURN(single->options.id, EntryId::Parse(*id_));
    }
    single->options.durability = bulk_.durability;
    single->options.expect = bulk_.expect;
    ASSIGN_OR_RETURN(single->options.idempotence, bulk_.producer.MarkOf(single->fields));
    return absl::OkStatus();
  }

  absl::StatusOr<ExitCode> Delay(Environment& env, const Single& single,
                                 TargetStream& stream) const {
    ASSIGN_OR_RETURN(
        const Ticket ticket,
        stream.Schedule(single.fields, *at_,
                        {.key = single.options.key, .durability = single.options.durability}));
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      fmt::format_to(std::back_inserter(*out), "{{\"ticket\":\"{}\",\"due\":\"{}\"}}\n",
                     ticket.ToString(), TimeText(ticket.due()));
    } else {
      out->append(ticket.ToString()).push_back('\n');
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

  absl::StatusOr<ExitCode> AppendOne(Environment& env, const Single& single,
                                     TargetStream& stream) const {
    ASSIGN_OR_RETURN(const AppendResult result, stream.Append(single.fields, single.options));
    if (format_ == "json") {
      AppendResultJson(result, stream.options().has_value(), result.duplicate ? 0 : 1,
                       result.duplicate ? 1 : 0, env.output->buffer());
    } else {
      AppendId(result.first_id, env.output->buffer());
      env.output->buffer()->push_back('\n');
    }
    RETURN_IF_ERROR(env.output->Flush());
    if (result.duplicate && (verbose_ || env.status->terminal())) {
      env.status->Say("a duplicate; it had been appended before");
    }
    return ExitCode::kOk;
  }

  absl::StatusOr<ExitCode> AppendBulk(Environment& env, TargetStream& stream) {
    if (print_ids_) bulk_.ids = env.output;
    const RecordFormat format = lines_   ? RecordFormat::kLines
                                : jsonl_ ? RecordFormat::kJsonLines
                                         : RecordFormat::kCsv;
    const std::vector<std::string> files =
        arguments_.empty() ? std::vector<std::string>{"-"} : arguments_;
    BulkRun run(env, stream.AppendMany(bulk_), bulk_, format, key_field_);
    ASSIGN_OR_RETURN(const ExitCode code, run.Run(files, verbose_));
    const AppendResult total = run.total();
    if (format_ == "json" && code == ExitCode::kOk) {
      AppendResultJson(total, stream.options().has_value(), total.count, run.duplicates(),
                       env.output->buffer());
      RETURN_IF_ERROR(env.output->Flush());
    }
    const StreamOptions options = stream.options().value_or(StreamOptions());
    if (bulk_.producer.each() && total.count > options.idempotence_ids &&
        (verbose_ || env.status->terminal())) {
      env.status->Say(fmt::format(
          "of these, a repeat is known of the newest {}, for {} (evlog alter --idempotence-ids)",
          Grouped(options.idempotence_ids), DurationText(options.idempotence_window)));
    }
    return code;
  }

  std::string stream_;
  std::vector<std::string> arguments_;
  bool lines_ = false;
  bool jsonl_ = false;
  bool csv_ = false;
  std::string key_field_;
  std::optional<std::string> id_;
  std::optional<std::string> durability_;
  std::optional<std::string> expect_;
  std::string format_ = "text";
  std::optional<uint32_t> partitions_;
  bool print_ids_ = false;
  bool verbose_ = false;
  ProducerFlags producer_;
  DelayFlags delay_;
  std::optional<absl::Time> at_;  // a delayed append
  BulkOptions bulk_;
};

}  // namespace

std::unique_ptr<Command> MakeAppendCommand() { return std::make_unique<AppendCommand>(); }

}  // namespace evlog::cli
