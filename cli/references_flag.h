// --references keep|drop|only-acked: what becomes of the groups that need what is deleted.
#ifndef EVLOG_CLI_REFERENCES_FLAG_H_
#define EVLOG_CLI_REFERENCES_FLAG_H_

#include <CLI/CLI.hpp>
#include <string>

#include "evlog/trim.h"

namespace evlog::cli {

struct ReferencesFlag {
  std::string text = "keep";

  void AddTo(CLI::App* app) {
    app->add_option("--references", text,
                    "Groups that need an entry keep it as pending (keep), do not any more (drop), "
                    "or forbid that it goes (only-acked)")
        ->check(CLI::IsMember({"keep", "drop", "only-acked"}))
        ->type_name("POLICY")
        ->capture_default_str();
  }
  References value() const {
    if (text == "drop") return References::kDrop;
    return text == "only-acked" ? References::kOnlyAcknowledged : References::kKeep;
  }
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_REFERENCES_FLAG_H_
