// evlog dlq replay: puts dead letters back into the stream that they are from.
#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/dead_letters.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Each is appended as the entry that it was, with its key and fields and a new id, and is gone\n"
    "from the dead letters in the same commit. All groups of the stream get it, as any entry.\n"
    "Examples:\n"
    "  evlog dlq replay orders billing 1763640000000-3\n"
    "  evlog dlq replay orders billing --reason deliveries";

// What goes in one commit, at most, if no single entry is larger.
constexpr size_t kPieceEntries = 1000;
constexpr size_t kPieceBytes = size_t{1} << 20;

// Appends and deletions that go together.
class Piece {
 public:
  Piece(EventLog* log, Stream origin, Stream letters)
      : log_(log), origin_(std::move(origin)), letters_(std::move(letters)) {}

  absl::Status Add(const EntryView& letter) {
    std::vector<FieldView> fields;
    size_t index = 0;
    size_t bytes = 0;
    for (const FieldView& field : letter.fields) {
      if (index++ < kDeadLetterFields) continue;
      fields.push_back(field);
      bytes += field.name.size() + field.value.size();
    }
    if (ids_.size() == kPieceEntries || (!ids_.empty() && entries_.bytes() + bytes > kPieceBytes)) {
      RETURN_IF_ERROR(Commit());
    }
    ids_.push_back(letter.id);
    return entries_.Add(fields, {.key = letter.key});
  }

  absl::Status Commit() {
    if (ids_.empty()) return absl::OkStatus();
    Transaction move;
    RETURN_IF_ERROR(move.Append(origin_, std::move(entries_)));
    move.Delete(letters_, ids_);
    RETURN_IF_ERROR(log_->Commit(std::move(move)).status());
    moved_ += ids_.size();
    ids_.clear();
    return absl::OkStatus();
  }

  uint64_t moved() const { return moved_; }

 private:
  EventLog* const log_;
  const Stream origin_;
  const Stream letters_;
  Batch entries_;
  std::vector<EntryId> ids_;
  uint64_t moved_ = 0;
};

class DlqReplayCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    choice_.AddNameTo(app);
    choice_.AddIdsTo(app);
    choice_.AddReasonTo(app);
    choice_.AddAllTo(app);
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(choice_.CheckOne());
    // They were accepted once already.
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForChanging(env, WidestLimits()));
    ASSIGN_OR_RETURN(const std::string name, choice_.StreamIn(log));
    ASSIGN_OR_RETURN(Stream origin, log->OpenStream(choice_.name.stream, {}, IfMissing::kError));
    const absl::StatusOr<Stream> letters = log->OpenStream(name, {}, IfMissing::kError);
    if (!letters.ok() && !absl::IsNotFound(letters.status())) return letters.status();
    uint64_t moved = 0;
    absl::Status failed;
    if (letters.ok()) {
      Piece piece(log.get(), origin, *letters);
      failed = VisitDeadLetters(
          *log, name, choice_, env.interrupt->token(),
          [&piece](const EntryView& letter, const DeadLetterOrigin&) -> absl::StatusOr<bool> {
            RETURN_IF_ERROR(piece.Add(letter));
            return true;
          });
      const bool stopped = absl::IsCancelled(failed);
      if (failed.ok() || stopped) failed.Update(piece.Commit());
      moved = piece.moved();
    }
    // What was moved is said, whatever came after it.
    RETURN_IF_ERROR(ReportDeadLetters(env, choice_.name, format_, "replayed", moved, std::nullopt));
    RETURN_IF_ERROR(failed);
    TellMissing(env, "dlq replay", choice_, moved);
    RETURN_IF_ERROR(MaintainAndClose(*log));
    return ExitCode::kOk;
  }

 private:
  DeadLetterChoice choice_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeDlqReplayCommand() { return std::make_unique<DlqReplayCommand>(); }

}  // namespace evlog::cli
