# 典拠 Tenkyo. `make chat` takes a bare checkout to the open chat, `make test` to a green test run.

SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
# -qq leaves errors only: pip's warnings about the machine's own configuration are noise here.
PIP := $(PY) -m pip --disable-pip-version-check
TORCH := 2.13.0
TORCH_INDEX := https://download.pytorch.org/whl/cpu
HOST ?= 127.0.0.1
PORT ?= 7860
INDEX ?= $(or $(TENKYO_INDEX),.tenkyo)

.PHONY: help install chat test eval bench clean

help:
	@echo "make chat     環境の準備、文書の取り込み、チャットの起動 (http://$(HOST):$(PORT))"
	@echo "make install  環境の準備だけ (.venv)"
	@echo "make test     ruff、mypy、全テスト (ブラウザーを含む)"
	@echo "make eval     評価 (報告は eval/reports/*/report.html)"
	@echo "make bench    速さ・メモリー・大きさを、部品やほかの道具と並べて測る (報告は eval/reports/bench/report.html)"
	@echo "make clean    .venv と .tenkyo (索引) を消す"

install: $(VENV)/.installed

chat: install
	@$(VENV)/bin/tenkyo index corpus/ --index "$(INDEX)"
	@exec $(VENV)/bin/tenkyo serve --index "$(INDEX)" --host "$(HOST)" --port "$(PORT)"

test: $(VENV)/.installed-test
	@$(MAKE) --no-print-directory .browser
	@echo "== ruff" && $(PY) -m ruff check .
	@echo "== mypy" && $(PY) -m mypy
	@echo "== pytest" && $(PY) -m pytest -n auto --dist loadfile

# The dev and the test half, the conversations, and the documents that nothing was fitted to; reports as pages.
eval: install
	@$(VENV)/bin/tenkyo index corpus/ --index "$(INDEX)"
	@$(VENV)/bin/tenkyo index eval/datasets/others --index eval/reports/others-index
	@for half in dev test; do \
	  $(PY) -m eval run eval/datasets/corpus_ja.jsonl --split $$half --index "$(INDEX)" --out eval/reports/$$half || exit 1; \
	done
	@$(PY) -m eval run eval/datasets/followup_ja.jsonl --index "$(INDEX)" --out eval/reports/followup
	@$(PY) -m eval run eval/datasets/others_ja.jsonl --index eval/reports/others-index --out eval/reports/others

# Beside raw parts and other libraries at 10^3 and 10^4 chunks; SIZES=1000000 takes hours and 15 GB of disk.
bench: $(VENV)/.installed-bench
	@$(PY) -m eval bench $(if $(SIZES),--sizes $(SIZES)) $(if $(DATA),--data "$(DATA)")

clean:
	rm -rf $(VENV) .tenkyo

$(PY):
	@python=""; \
	for candidate in $(PYTHON) python3.11 python3; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 以上が見つかりません。apt install python3 python3-venv などで入れるか、make PYTHON=/path/to/python3.11 としてください。" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "Python の venv がありません。apt install python3-venv で入れてから、もう一度実行してください。" >&2; exit 1; \
	fi; \
	echo "Python の環境を $(VENV) に作っています…"; \
	"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# The CPU build of torch comes first and without dependencies, so that nothing can ask for CUDA packages. Its own index is
# tried once and quickly; a machine that cannot reach it takes the same build from wherever pip is configured to look.
$(VENV)/.torch-$(TORCH): | $(PY)
	@echo "PyTorch (CPU 版、約 200 MB) を入れています…"
	@$(PIP) install -qq --no-deps --retries 0 --timeout 15 --index-url $(TORCH_INDEX) "torch==$(TORCH)" >$(VENV)/torch.log 2>&1 \
	  || $(PIP) install -qq --no-deps "torch==$(TORCH)+cpu" >>$(VENV)/torch.log 2>&1 \
	  || { echo "PyTorch (CPU 版) を取得できません。ネットワークか pip の設定を確かめて、もう一度実行してください (詳細: $(VENV)/torch.log)。" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.torch-$(TORCH) requirements.lock pyproject.toml | $(PY)
	@echo "ライブラリを入れています (初回は数分かかります)…"
	@$(PIP) install -qq --no-deps -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@$(PIP) check >/dev/null || { $(PIP) check >&2; exit 1; }
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	@echo "テストの道具を入れています…"
	@$(PIP) install -qq --no-deps -r requirements-test.lock
	@touch $@

# Libraries that cannot be had are left out of the comparison, and the report says so.
$(VENV)/.installed-bench: $(VENV)/.installed requirements-bench.lock
	@echo "比べる道具を入れています…"
	@$(PIP) install -qq --no-deps -r requirements-bench.lock \
	  && touch $@ || echo "入らない道具がありました。それを除いて測ります。" >&2

# The browser test drives an installed chromium; on Debian it is fetched when absent.
.PHONY: .browser
.browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	as_root=""; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	if ! command -v apt-get >/dev/null || { [ -n "$$as_root" ] && ! command -v sudo >/dev/null; }; then \
	  echo "ブラウザーのテストに chromium が要ります。管理者に apt install chromium fonts-noto-cjk を頼んでください。" >&2; exit 1; \
	fi; \
	echo "ブラウザーのテストのために chromium と日本語フォントを入れています…"; \
	{ $$as_root apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; } \
	  || { echo "chromium を入れられませんでした。apt install chromium fonts-noto-cjk を試してから、もう一度実行してください。" >&2; exit 1; }
