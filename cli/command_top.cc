// evlog top: what goes on in a log.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/top/frame.h"
#include "cli/top/screen.h"
#include "cli/top/snapshot.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "In a terminal it draws anew until q or Ctrl-C; s sorts by the next column. Elsewhere it\n"
    "prints one frame after the other, the first after one interval. Rates are of the interval.\n"
    "Beside a process that owns the directory, it sees what that writes.\n"
    "Examples:\n"
    "  evlog top --at /var/lib/evlog\n"
    "  evlog top 'order-*' --at redis://127.0.0.1:6479 --sort lag\n"
    "  evlog top --once --format json | jq '.groups[] | select(.lag > 1000)'";

constexpr absl::Duration kIntervalMin = absl::Milliseconds(100);
// Lines of a screen that are no rows of the tables: four above, and titles and spaces.
constexpr size_t kOtherLines = 8;

class TopCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("PATTERN", pattern_, "Only streams whose names are like this: * ? [a-z]");
    app->add_option("--interval", interval_text_, "Time between two frames, 100ms or more")
        ->type_name("DURATION")
        ->capture_default_str();
    app->add_option("-n", frames_, "End after so many frames")->type_name("N");
    app->add_flag("--once", once_, "End after one frame, as -n 1");
    app->add_option("--sort", sort_text_, "appends, reads, lag, entries, size or name")
        ->check(CLI::IsMember({"appends", "reads", "lag", "entries", "size", "name"}))
        ->type_name("COLUMN")
        ->capture_default_str();
    app->add_option("--rows", rows_, "At most so many streams, and so many groups")
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--format", format_, "text, or json: one object a frame, with all rows")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(interval_, ParseDuration(interval_text_));
    if (interval_ < kIntervalMin) {
      return InvalidArgument("--interval is {}; it must be 100ms or more", Quoted(interval_text_));
    }
    if (once_ && frames_) return InvalidArgument("--once and -n: give one of both");
    if (once_) frames_ = 1;
    if (frames_ && *frames_ == 0) return InvalidArgument("-n is 0");
    sort_ = *ParseTopSort(sort_text_);
    options_.pattern = pattern_.empty() ? "*" : pattern_;
    options_.database = env.database;
    ASSIGN_OR_RETURN(source_, OpenTopSource(env, options_));
    ASSIGN_OR_RETURN(before_, source_->Look());
    if (!frames_ && format_ == "text") {
      const std::unique_ptr<Screen> screen = Screen::Open(env.input_fd, env.output, env.interrupt);
      if (screen != nullptr) return Draw(env, screen.get());
    }
    return Print(env);
  }

 private:
  // ---- without a terminal
  absl::StatusOr<ExitCode> Print(Environment& env) {
    for (uint64_t shown = 0; !frames_ || shown < *frames_; ++shown) {
      Wait(env);
      if (env.interrupt->signalled()) return ExitCode::kInterrupted;
      if (env.interrupt->token().stop_requested()) break;  // nobody reads any more
      ASSIGN_OR_RETURN(TopSnapshot now, source_->Look());
      const TopFrame frame = CompareTop(&before_, now, sort_);
      std::string* const out = env.output->buffer();
      if (format_ == "json") {
        AppendTopJson(frame, out);
        out->push_back('\n');
      } else {
        if (shown != 0) out->push_back('\n');
        *out += TopText(frame, View());
      }
      RETURN_IF_ERROR(env.output->Flush());
      if (env.output->closed()) break;
      before_ = std::move(now);
    }
    return ExitCode::kOk;
  }

  void Wait(Environment& env) const {
    std::mutex mu;  // nothing to guard: only time passes here
    std::condition_variable_any wake;
    std::unique_lock<std::mutex> lock(mu);
    env.clock->Await(lock, wake, env.clock->Now() + interval_, env.interrupt->token(),
                     [] { return false; });
  }

  // ---- in a terminal
  absl::StatusOr<ExitCode> Draw(Environment& env, Screen* screen) {
    TopSnapshot now = before_;
    bool compared = false;  // the first frame shows no rates
    for (;;) {
      RETURN_IF_ERROR(Show(compared ? &before_ : nullptr, now, screen));
      absl::Time next = env.clock->Now() + interval_;
      for (absl::Duration left = interval_; left > absl::ZeroDuration();
           left = std::min(interval_, next - env.clock->Now())) {
        const char key = screen->AwaitKey(left);
        if (env.interrupt->signalled()) return ExitCode::kInterrupted;
        if (key == 'q' || env.interrupt->token().stop_requested()) return ExitCode::kOk;
        if (key == 's') {
          sort_ = NextTopSort(sort_);
          RETURN_IF_ERROR(Show(compared ? &before_ : nullptr, now, screen));
        }
      }
      absl::StatusOr<TopSnapshot> looked = Look(env);
      trouble_ = looked.ok() ? std::string() : std::string(MessageOf(looked.status()));
      if (!looked.ok() && !absl::IsUnavailable(looked.status())) return looked.status();
      if (!looked.ok()) continue;  // it may come back
      before_ = std::exchange(now, *std::move(looked));
      compared = true;
    }
  }

  // Connects again when the connection was lost.
  absl::StatusOr<TopSnapshot> Look(const Environment& env) {
    if (source_ == nullptr) {
      ASSIGN_OR_RETURN(source_, OpenTopSource(env, options_));
    }
    absl::StatusOr<TopSnapshot> now = source_->Look();
    if (absl::IsUnavailable(now.status())) {
      place_ = source_->place();
      source_ = nullptr;
    }
    return now;
  }

  absl::Status Show(const TopSnapshot* before, const TopSnapshot& now, Screen* screen) {
    TopView view = View();
    const Screen::Size size = screen->size();
    view.width = size.columns;
    const size_t room = size.rows > kOtherLines ? size.rows - kOtherLines : 2;
    view.rows = std::max<size_t>(1, now.groups.empty() ? room : room / 2);
    std::string text = TopText(CompareTop(before, now, sort_), view);
    if (!trouble_.empty()) text = trouble_ + "\n" + text;
    return screen->Show(text);
  }

  TopView View() const {
    return {source_ == nullptr ? place_ : source_->place(), sort_, rows_, SIZE_MAX};
  }

  std::string pattern_;
  std::string interval_text_ = "2s";
  std::optional<uint64_t> frames_;
  bool once_ = false;
  std::string sort_text_ = "appends";
  size_t rows_ = 20;
  std::string format_ = "text";

  absl::Duration interval_;
  TopSort sort_ = TopSort::kAppends;
  TopOptions options_;
  std::unique_ptr<TopSource> source_;  // null: the connection was lost
  std::string place_;                  // of the source that was lost
  TopSnapshot before_;
  std::string trouble_;
};

}  // namespace

std::unique_ptr<Command> MakeTopCommand() { return std::make_unique<TopCommand>(); }

}  // namespace evlog::cli
