# Sourced by the scripts beside it: the authors' documented commands, done by mienet.
#
# Data lies as their README says, below the folder that the scripts are started from:
#   datasets/SLJD/annotations/{train,val}.txt   lines "frames/VIDEO NUM_FRAMES LABEL"
#   datasets/SLJD/frames/VIDEO/img_00001.png    likewise datasets/diving48, datasets/sthv2
#   datasets/SLJD/annotations/classes.txt       names of the classes, one a line, if you have them
# and weights in pretrained/SLJD_MIE.pth.tar, SLJD_DPTAM, diving48_MIE, diving48_DPTAM, sthv2_MIE.
set -euo pipefail
PATH=$PATH:$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv/bin # where make puts mienet
ZOO=https://github.com/li-stu-998/MIE-Net#model-zoo

fail() { echo "$0: $1" >&2; exit 1; }

need_data() { # DATASET LIST...
    local data=datasets/$1 list
    shift
    for list in "$@"; do
        [ -f "$data/annotations/$list" ] || fail "$data/annotations/$list: no such list; put the \
dataset's lists and frames into $data as docs/authors.md says"
    done
    [ -d "$data/frames" ] || fail "$data/frames: no such folder; put the dataset's frames there"
}

root_of() { # DATASET LIST: the folder that the list's paths start from
    local line
    read -r line <"datasets/$1/annotations/$2" || true
    line=${line% *} # without the label, then without the number of frames
    if [ -e "datasets/$1/${line% *}" ]; then echo "datasets/$1"; else echo "datasets/$1/frames"; fi
}

weights_of() { # NAME [FILE]: the file given, pretrained/NAME.pth.tar, or the only one in pretrained/
    local files
    if [ -n "${2-}" ]; then
        [ -f "$2" ] || fail "$2: no such file; the authors' checkpoints are linked from $ZOO"
        echo "$2"
        return
    fi
    if [ -f "pretrained/$1.pth.tar" ]; then
        echo "pretrained/$1.pth.tar"
        return
    fi
    files=(pretrained/*.pth.tar)
    [ -f "${files[0]}" ] || fail "pretrained/$1.pth.tar: no such file; download it from $ZOO"
    [ ${#files[@]} -eq 1 ] || fail "pretrained/ holds ${#files[@]} files, none of them \
$1.pth.tar: rename the one for this script, or give it as argument"
    echo "$0: taking ${files[0]}, the only file in pretrained/; call it $1.pth.tar if it is that" >&2
    echo "${files[0]}"
}

test_model() { # DATASET NAME MODEL CLASSES SEGMENTS [FILE]
    local weights names model=pretrained/$1_$2
    need_data "$1" val.txt
    weights=$(weights_of "$1_$2" "${6-}")
    names=datasets/$1/annotations/classes.txt
    if [ ! -f "$names" ]; then # the lists number the classes, and so do we
        names=$model.classes.txt
        seq 0 $(($4 - 1)) >"$names"
    fi
    mienet import-checkpoint "$weights" --model "$3" --num-segments "$5" --classes "$names" --out "$model"
    mienet evaluate "$model" --data "datasets/$1/annotations/val.txt" --root "$(root_of "$1" val.txt)"
}

train_model() { # DATASET RECIPE [OPTION VALUE ...]
    local data=datasets/$1 recipe=$2 classes=()
    need_data "$1" train.txt val.txt
    [ -f "$data/annotations/classes.txt" ] && classes=(--data.classes "$data/annotations/classes.txt")
    mienet train "$recipe" --data.root "$(root_of "$1" train.txt)" \
        --data.train "$data/annotations/train.txt" --data.val "$data/annotations/val.txt" \
        ${classes[@]+"${classes[@]}"} "${@:3}"
}
